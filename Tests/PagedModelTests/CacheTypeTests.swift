import Foundation
import PagedAttention
import PagedGraph
import PagedModel
import PagedRuntime
import Testing

@Suite("Caches of another type")
struct CacheTypeTests {
    /// The largest error of a logit that a type may bring, in standard deviations of all logits.
    static let bounds: [(CacheType, Float)] = [
        (.float32, 0), (.float16, 0.002), (.int8, 0.05), (.float8, 0.3), (.int4, 1),
    ]

    @Test("say almost the same, with scales that the model's own numbers give", arguments: bounds)
    func closeness(type: CacheType, bound: Float) throws {
        let name = "genai/llama-fp32"
        let prompt = try #require(Fixtures.genaiContinuations()["llama-fp32"])[3].prompt
        let folder = try calibrated(name, type, text: prompt)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let decoders = try [Fixtures.decoder(name), Fixtures.decoder(folder)]
        #expect(decoders[1].layout.bytesPerBlock == 16 * bytesPerToken(type))
        let rows = try decoders.map { decoder in
            var sequences = [TestSequence(tokens: prompt, blocks: [4, 2, 9, 0, 1])]
            // Twice, so that the second part reads what the first has stored.
            _ = try decoder.step(&sequences, counts: [prompt.count - 2])
            return try decoder.step(&sequences, counts: [2])[0].bits.map(Float.init(bitPattern:))
        }
        let mean = rows[0].reduce(0, +) / Float(rows[0].count)
        let spread = (rows[0].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(rows[0].count))
            .squareRoot()
        let error = zip(rows[0], rows[1]).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error <= bound * spread, "\(error) of \(spread)")
        #expect(type == .float32 || error > 0, "the caches are still float32")
    }

    @Test(
        "of codes need scales, and say how to get them",
        arguments: [CacheType.int8, .float8, .int4]
    )
    func noScales(type: CacheType) throws {
        let folder = try Fixtures.model("genai/llama-int4")
        let error = #expect(throws: ModelError.self) { try folder.servedGraph(cacheType: type) }
        let text = """
            \(type.rawValue) caches need scales, which this model does not have; make them with \
            paged convert --cache-type \(type.rawValue) --calibrate TEXT
            """
        #expect(error?.description == text)
    }

    @Test("that the operator does not have are refused by the node's name")
    func notServed() throws {
        let half = try Fixtures.model("llama-paged-fp16")
        let error = #expect(throws: ModelError.self) { try half.servedGraph(cacheType: .float32) }
        let text = """
            node /model/layers.0/attn/PagedAttention computes in float16, for which there is no \
            float32 cache
            """
        #expect(error?.description == text)
    }

    private func bytesPerToken(_ type: CacheType) -> Int {
        // 2 layers, keys and values, 2 heads of 16 channels
        2 * 2 * 2 * type.headSize(16) * type.elementType.byteCount
    }

    /// A copy of a fixture whose graph is paged, with caches of a type.
    private func calibrated(
        _ name: String,
        _ type: CacheType,
        text: [Int32]
    ) throws -> ModelFolder {
        let source = try Fixtures.model(name)
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())").path
        try FileManager.default.copyItem(atPath: source.path, toPath: copy)
        let library = try OnnxRuntimeLibrary.load(path: nil)
        let magnitudes = try Calibration(folder: source, library: library, threads: 1)
            .magnitudes(of: text)
        var file = try source.servedGraph().file
        try file.setCacheType(type, magnitudes: magnitudes)
        try Data(file.bytes()).write(to: URL(fileURLWithPath: copy + "/model.onnx"))
        return try ModelFolder(path: copy)
    }
}
