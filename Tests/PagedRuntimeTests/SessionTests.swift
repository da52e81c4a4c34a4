import Foundation
import PagedAttention
import PagedRuntime
import Testing

@Suite("A session")
struct SessionTests {
    static let fixtures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").path

    @Test("has the operator, and says what the graph wants and gives")
    func values() throws {
        let session = try open("llama-paged-fp16/model.onnx")
        let names = Set(session.inputs.map(\.name))
        #expect(names.isSuperset(of: ["input_ids", "block_table", "past_key_values.1.value"]))
        let cache = try #require(session.inputs.first { $0.name == "past_key_values.0.key" })
        #expect(cache.elementType == .float16)
        #expect(cache.shape == [nil, nil, 2, 16])
        let logits = try #require(session.outputs.first { $0.name == "logits" })
        #expect(logits.shape == [nil, 2048])
    }

    @Test("on a file that does not exist fails with its path")
    func missing() throws {
        let error = #expect(throws: RuntimeError.self) { try open("none.onnx") }
        #expect(error?.description.contains("none.onnx") == true)
    }

    @Test("takes the options that ONNX Runtime takes, and says which it does not")
    func options() throws {
        let path = Self.fixtures + "/nbits-paged/model.onnx"
        let library = try OnnxRuntimeLibrary.load(path: nil)
        var options = SessionOptions()
        options.optimizationLevel = .disabled
        options.logSeverity = 4
        options.usesArena = false
        options.entries = ["session.set_denormal_as_zero": "1"]
        _ = try Session(library: library, modelPath: path, options: options)

        options.entries = ["": "1"]
        let error = #expect(throws: RuntimeError.self) {
            try Session(library: library, modelPath: path, options: options)
        }
        #expect(error?.description.contains(" = 1") == true)
    }

    @Test("on a file that is no model fails")
    func noModel() throws {
        #expect(throws: RuntimeError.self) { try open("README.md") }
    }

    @Test("of a model in memory is like that of its file")
    func bytes() throws {
        let path = Self.fixtures + "/nbits-paged/model.onnx"
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let session = try Session(
            library: OnnxRuntimeLibrary.load(path: nil),
            model: bytes,
            name: "the model",
            options: SessionOptions()
        )
        let file = try open("nbits-paged/model.onnx")
        #expect(session.inputs == file.inputs)
        #expect(session.outputs == file.outputs)
    }

    @Test("of bytes that are no model fails with the name they were given")
    func noModelInMemory() throws {
        let error = #expect(throws: RuntimeError.self) {
            try Session(
                library: OnnxRuntimeLibrary.load(path: nil),
                model: [1, 2, 3],
                name: "three bytes",
                options: SessionOptions()
            )
        }
        #expect(error?.description.contains("three bytes") == true)
    }

    @Test("that misses an input says which when it runs")
    func unbound() throws {
        let session = try open("nbits-paged/model.onnx")
        let error = #expect(throws: RuntimeError.self) { try Binding(session: session).run() }
        #expect(error?.description.hasPrefix("run: ") == true)
    }

    @Test("refuses a name that the graph does not have")
    func unknownName() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        let session = try open("nbits-paged/model.onnx")
        let binding = try Binding(session: session)
        let buffer = try TensorBuffer(elementType: .int32, capacity: 1)
        let value = try TensorValue([1], in: buffer, library: library)
        #expect(throws: RuntimeError.self) { try binding.bindInput("nonsense", value) }
    }

    private func open(_ name: String) throws -> Session {
        try Session(
            library: OnnxRuntimeLibrary.load(path: nil),
            modelPath: Self.fixtures + "/" + name,
            options: SessionOptions()
        )
    }
}
