import Foundation
import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Our column of the table in README: every row is tried.
@Suite struct SupportTableTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let feature: String
        let check: String
        let here: String
        var testDescription: String { feature }
    }

    private struct Table: Decodable {
        let rows: [Row]
    }

    private static let rows: [Row] = {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Documentation/support.json")
        guard let data = try? Data(contentsOf: file),
            let table = try? JSONDecoder().decode(Table.self, from: data)
        else { return [] }
        return table.rows
    }()

    /// The calls that a row promises, by the name of its check.
    private static let calls: [String: [AttentionCase]] = [
        "short types": [types(.float16, .float16), types(.bfloat16, .bfloat16)],
        "float32": [types(.float32, .float32), types(.float32, .float16)],
        "8-bit caches": all([.int8, .float8e4m3fn]),
        "int4 caches": all([.int4]),
        "float4e2m1 caches": all([.float4e2m1]),
        "block sizes": (4...10).map { bits in AttentionCase().with { $0.blockSize = 1 << bits } },
        "attention": [
            AttentionCase(isPacked: true, window: 3, softcap: 5),
            AttentionCase(heads: 8, keyValueHeads: 1, rotary: .half, slots: .derived),
            AttentionCase(rotary: .interleaved, rotaryWidth: 16, rotaryOffset: 8, hasNorm: true),
        ],
        "head sink": [AttentionCase(hasSink: true)],
        "not causal": [AttentionCase(isCausal: false)],
        "latent cache": [
            AttentionCase(
                layout: .latent,
                valueHeadSize: 64,
                keyValueHeads: 1,
                headSize: 96,
                scale: 1
            )
        ],
    ]

    private static func types(_ activation: ElementType, _ cache: ElementType) -> AttentionCase {
        AttentionCase(activation: activation, cache: cache)
    }

    private static func all(_ caches: [ElementType]) -> [AttentionCase] {
        caches.flatMap { cache in
            [ElementType.float32, .float16, .bfloat16].map { types($0, cache) }
        }
    }

    @Test func `The table has rows`() { #expect(Self.rows.count > 5) }

    @Test(arguments: rows)
    func `What README says of this build is so`(_ row: Row) throws {
        #expect(row.here == "yes")
        if row.check == "sparse" {
            let c = SparseCase()
            _ = try SparseTensors(c).run(c)
            return
        }
        for c in try #require(Self.calls[row.check], "no check for \(row.check)") {
            try CaseTensors(c).run(c)
        }
    }
}
