import Foundation
import PagedGraph
import PagedKernels
import Testing

@Suite("Products of 4-bit weights in a graph")
struct ProductConversionTests {
    private static let isServed = InstructionSet.best >= .avx2

    @Test("get our domain, and nothing else changes", .enabled(if: isServed))
    func conversion() throws {
        let original = try graph()
        var converted = original
        #expect(converted.useOwnProducts()?.instructionSet == InstructionSet.best)
        let domains = converted.message.graph.node.map(\.domain)
        let products = original.message.graph.node.indices.filter {
            original.message.graph.node[$0].opType == "MatMulNBits"
        }
        #expect(products.count == 11)
        #expect(domains.indices.filter { domains[$0] == "ai.pagedattention" } == products)
        for index in products { converted.message.graph.node[index].domain = "com.microsoft" }
        #expect(converted.message.graph == original.message.graph)
        #expect(converted.message.opsetImport.last?.domain == "ai.pagedattention")
    }

    @Test("stay ONNX Runtime's where they are of another form", .enabled(if: isServed))
    func others() throws {
        let changes: [(inout NodeMessage) -> Void] = [
            { $0.change("accuracy_level", 0) },
            { $0.change("bits", 8) },
            { $0.change("block_size", 16) },
            { $0.change("weight_prepacked", 1) },
            { $0.change("K", 0) },
            { $0.domain = "some.other" },
            { $0.input[1] = "computed" },
            { $0.input[2] = $0.input[1] },
            { $0.input += ["", "group_indices"] },
            { $0.input += ["float_zero_points"] },
        ]
        for (index, change) in changes.enumerated() {
            var file = try graph()
            for node in file.message.graph.node.indices
            where file.message.graph.node[node].opType == "MatMulNBits" {
                file.message.graph.node[node].input = Array(
                    file.message.graph.node[node].input.prefix(3)
                )
                change(&file.message.graph.node[node])
            }
            let before = file
            #expect(file.useOwnProducts() == nil, "change \(index)")
            #expect(file == before)
        }
    }

    private func graph() throws -> GraphFile {
        let tests = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
        return try GraphFile(path: tests.path + "/Fixtures/genai/llama-int4/model.onnx")
    }
}

extension NodeMessage {
    /// Sets an integer attribute.
    fileprivate mutating func change(_ name: String, _ value: Int64) {
        if let index = attribute.firstIndex(where: { $0.name == name }) {
            attribute[index].i = value
        } else {
            var other = attribute[0]
            other.name = name
            other.i = value
            attribute.append(other)
        }
    }
}
