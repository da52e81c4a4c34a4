import Foundation
import PagedAttention
import PagedGraph
import SwiftProtobuf
import Testing

@Suite("An ONNX file")
struct GraphFileTests {
    @Test("is read with its operator sets, values and constants")
    func reads() throws {
        var tiny = TinyGraph()
        tiny.addConstant("weights", 1, [3, 5])
        tiny.add("weights", 1, [.unknown])
        let graph = try tiny.graph()
        #expect(graph.formatVersion == 10)
        #expect(graph.producer == "a test")
        #expect(graph.operatorSets.map(\.domain) == ["ai.onnx"])
        #expect(graph.operatorSets.map(\.version) == [22])
        #expect(graph.inputs.map(\.name) == ["qkv", "keys", "values", "starts", "past", "table"])
        #expect(graph.constantCount == 1)
        #expect(graph.value("weights")?.shape == [.fixed(3), .fixed(5)])
        #expect(graph.value("keys")?.shape == TinyGraph.cacheShape)
        #expect(graph.value("keys")?.elementType == .float16)
        #expect(graph.value("nothing") == nil)
        #expect(graph.nodes[0].input(1) == nil)
        #expect(graph.nodes[0].input(99) == nil)
    }

    @Test("keeps what the reader does not know")
    func unknownFields() throws {
        // Field 6 of a model is its documentation, which the reader does not name.
        let documentation = Data([0x32, 3]) + Data("why".utf8)
        let bytes = try TinyGraph().file() + documentation
        let written: Data = try GraphFile(bytes: bytes, name: "tiny").message.serializedBytes()
        #expect(written.range(of: documentation) != nil)
        #expect(written.count == bytes.count)
    }

    @Test("made in memory is read back as it was")
    func bytes() throws {
        let file = try GraphFile(message: read(TinyGraph().file()).message)
        #expect(try read(Data(file.bytes())) == file)
    }

    @Test("cut short anywhere is refused")
    func truncated() throws {
        let bytes = try TinyGraph().file()
        for count in 0..<bytes.count {
            #expect(throws: GraphError.self) { try read(bytes.prefix(count)) }
        }
        let error = #expect(throws: GraphError.self) { try read(bytes.dropLast(20)) }
        #expect(error?.description.hasPrefix("tiny is cut short") == true)
    }

    @Test("with any byte changed is read or refused")
    func changed() throws {
        let bytes = try TinyGraph().file()
        for index in bytes.indices {
            for value: UInt8 in [0, 0x7f, 0x80, 0xff] {
                var changed = bytes
                changed[index] = value
                examine(changed)
            }
        }
    }

    @Test("of random bytes is read or refused", arguments: 0..<8)
    func random(seed: UInt64) {
        var state = seed &+ 0x9e37_79b9_7f4a_7c15
        for _ in 0..<500 {
            let bytes = (0..<Int(state >> 56)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(state >> 56)
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            examine(Data(bytes))
        }
    }

    @Test(
        "with a length that goes beyond the end is refused",
        arguments: [
            [0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff, 0xff, 0x0f],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ] as [[UInt8]]
    )
    func lengths(length: [UInt8]) {
        // A graph; the name of a graph; packed numbers of a constant in a graph.
        for path: [UInt8] in [[0x3a], [0x3a, 0x0c, 0x12], [0x3a, 0x0e, 0x2a, 0x0c, 0x22]] {
            #expect(throws: GraphError.self) { try read(Data([0x08, 10] + path + length)) }
        }
    }

    @Test("with groups in groups in groups is refused")
    func depth() {
        let bytes = Data([0x08, 10]) + Data(repeating: 0x7b, count: 100_000)
        #expect(throws: GraphError.self) { try read(bytes) }
    }

    @Test("that is text, empty, too large, a folder or not there is refused by its name")
    func otherFiles() throws {
        let text = #expect(throws: GraphError.self) { try read(Data(#"{"model": {}}"#.utf8)) }
        #expect(text?.description.contains("no ONNX model") == true)
        let empty = #expect(throws: GraphError.self) { try read(Data()) }
        #expect(empty?.description.hasSuffix("it has no ir_version") == true)
        let size = 1 << 31
        let large = #expect(throws: GraphError.self) {
            try GraphFile.checkByteCount(size, path: "large.onnx")
        }
        #expect(large?.description.contains("large.onnx has 2147483648 bytes") == true)
        let folder = #expect(throws: GraphError.self) { try GraphFile(path: "/") }
        #expect(folder?.description == "/ is not a file; name an .onnx file")
        let absent = #expect(throws: GraphError.self) { try GraphFile(path: "/no/such/file") }
        #expect(absent?.description.hasPrefix("/no/such/file cannot be read: No such") == true)
    }

    @Test("is mapped from disk")
    func path() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).onnx")
        defer { try? FileManager.default.removeItem(at: file) }
        try TinyGraph().file().write(to: file)
        #expect(try ModelGraph(GraphFile(path: file.path)).nodes.count == 1)
    }

    private func read(_ bytes: Data) throws(GraphError) -> GraphFile {
        try GraphFile(bytes: bytes, name: "tiny")
    }

    /// Reads bytes and asks everything of what comes out; nothing may trap.
    private func examine(_ bytes: Data) {
        guard let file = try? read(bytes) else { return }
        for attention in ModelGraph(file).attentionNodes {
            _ = attention.layer
            _ = try? attention.kernel()
        }
    }
}
