import Foundation
import PagedFuzz
import Testing

/// What `make fuzz` runs, without its sanitizers.
@Suite struct FuzzReplayTests {
    /// The committed cases, in base64, a line each; after a space, why a case is kept.
    private static let cases: [[UInt8]] = {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Fuzz/cases.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let code = line.prefix { $0 != " " }
            return Data(base64Encoded: String(code)).map { [UInt8]($0) }
        }
    }()

    @Test func `The kept cases pass, and reach every outcome`() throws {
        var counts: [FuzzCase.Outcome: Int] = [:]
        for bytes in Self.cases {
            counts[try FuzzCase(bytes).run(), default: 0] += 1
        }
        for outcome in [FuzzCase.Outcome.refused, .refusedValues, .done, .compared] {
            #expect(counts[outcome, default: 0] > 20, "\(outcome): \(counts)")
        }
    }

    @Test func `Random bytes pass, and most of them are calls that run`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        var done = 0
        for index in 0..<2000 {
            let bytes = (0..<192).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            do {
                let outcome = try FuzzCase(bytes).run()
                if outcome == .done || outcome == .compared { done += 1 }
            } catch {
                Issue.record("seed \(seed), case \(index): \(error)")
            }
        }
        #expect(done > 800, "seed \(seed)")
    }
}

/// A small seeded generator (SplitMix64): a printed seed replays a test.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
