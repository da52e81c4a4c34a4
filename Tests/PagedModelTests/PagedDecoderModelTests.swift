import Foundation
import PagedModel
import PagedRuntime
import Testing

@Suite("A paged decoder")
struct PagedDecoderModelTests {
    static let exports = ["llama-paged-fp16", "llama-paged-fp16-pruned"]

    @Test("of a CUDA export says on this processor what a float32 model says", arguments: exports)
    func greedyTokens(name: String) throws {
        let decoder = try Fixtures.decoder(name)
        for continuation in try Fixtures.continuations() {
            let tokens = try decoder.greedy(
                continuation.prompt,
                count: continuation.greedy.count,
                blocks: Array(10..<20)
            )
            #expect(tokens == continuation.greedy)
        }
    }

    @Test("computes the same bits whether or not the graph prunes its logits")
    func prunedAndNot() throws {
        let decoders = try Self.exports.map { try Fixtures.decoder($0) }
        var rows: [LogitsRow] = []
        for decoder in decoders {
            var sequences = [
                TestSequence(tokens: Array(5..<45), blocks: [3, 1, 7]),
                TestSequence(tokens: Array(100..<103), blocks: [4]),
            ]
            rows += try decoder.step(&sequences, counts: [40, 3])
        }
        #expect(rows[0] == rows[2])
        #expect(rows[1] == rows[3])
    }

    @Test("tells what of the folder it did not use")
    func notes() throws {
        let notes = try Fixtures.decoder("llama-paged-fp16").notes
        #expect(notes.contains { $0.contains("provider_options cuda") })
    }

    @Test(
        "finds no dependence on the batch that padding does not remove",
        arguments: BatchInvarianceTests.models
    )
    func noDependence(model: BatchInvarianceTests.Model) throws {
        let notes = try model.decoder().notes
        #expect(!notes.contains { $0.contains("depend on how many sequences") })
    }

    @Test("takes its layout from the options, then from the folder")
    func layout() throws {
        let given = try Fixtures.decoder("llama-paged-fp16", blockSize: 32, blockCount: 9).layout
        #expect(given.blockSize == 32)
        #expect(given.blockCount == 9)
        // 2 caches x 2 layers x 32 places x 2 heads x 16 channels x 2 bytes
        #expect(given.bytesPerBlock == 8192)
        let decoder = try PagedDecoderModel(
            folder: Fixtures.model("llama-paged-fp16"),
            library: OnnxRuntimeLibrary.load(path: nil),
            options: DecoderOptions(cacheBytes: 1 << 20)
        )
        #expect(decoder.layout.blockSize == 256)
        #expect(decoder.layout.blockCount == (1 << 20) / 65536)
        #expect(decoder.vocabularySize == 2048)
        #expect(decoder.contextLength == 512)
    }

    @Test("says what it takes of memory, and what fits")
    func memory() throws {
        let decoder = try Fixtures.decoder("genai/llama-int4", blockCount: 10)
        let memory = decoder.memory
        let path = Fixtures.folder + "/genai/llama-int4/model.onnx.data"
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(memory.weightBytes == size)
        // 2 caches x 2 layers x 160 places x 2 heads x 16 channels x 4 bytes
        #expect(memory.cacheBytes == 81920)
        #expect(memory.tokens == 160)
        #expect(memory.longestRequest == 160)
        #expect(memory.longestRequests == 1)
        // Logits of 256 tokens and a row more, and little beside them.
        #expect((257 * 320 * 4..<257 * 320 * 4 + 16384).contains(memory.stepBytes))
        #expect(decoder.notes.contains { $0.hasPrefix("the cache holds 160 tokens") })
    }

    @Test("has rows of logits for as many tokens of prompts as fit in 64 MiB, or as it is told")
    func scoredTokens() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        func decoder(_ tokens: Int, _ scored: Int?) throws -> PagedDecoderModel {
            try PagedDecoderModel(
                folder: Fixtures.model("genai/llama-int4"),
                library: library,
                options: DecoderOptions(
                    blockCount: 64,
                    maximumTokensPerStep: tokens,
                    maximumSequences: 24,
                    maximumScoredTokensPerStep: scored
                )
            )
        }
        #expect(try decoder(1 << 17, nil).maximumScoredTokensPerStep == (64 << 20) / (320 * 4))
        #expect(try decoder(100, nil).maximumScoredTokensPerStep == 100)
        let told = try decoder(100, 10)
        #expect(told.maximumScoredTokensPerStep == 10)
        // And of 24 sequences, and a row more.
        #expect((35 * 320 * 4..<35 * 320 * 4 + 16384).contains(told.memory.stepBytes))
    }

    @Test("takes no request above the limit that it is given, and no limit above the context")
    func maximumSequenceLength() throws {
        let folder = try Fixtures.model("genai/llama-int4")
        let library = try OnnxRuntimeLibrary.load(path: nil)
        var options = DecoderOptions(blockCount: 64, maximumSequenceLength: 100)
        let decoder = try PagedDecoderModel(folder: folder, library: library, options: options)
        #expect(decoder.contextLength == 100)
        #expect(decoder.memory.longestRequests == 10)
        options.maximumSequenceLength = 257
        let error = #expect(throws: ModelError.self) {
            try PagedDecoderModel(folder: folder, library: library, options: options)
        }
        let text = "--max-model-len 257: must be from 1 to the model's context, 256"
        #expect(error?.description == text)
    }

    @Test("refuses a cache that holds no block, with the numbers")
    func noBlockFits() throws {
        let error = #expect(throws: ModelError.self) {
            try PagedDecoderModel(
                folder: Fixtures.model("llama-paged-fp16"),
                library: OnnxRuntimeLibrary.load(path: nil),
                options: DecoderOptions(cacheBytes: 1000, blockSize: 16)
            )
        }
        #expect(error?.description == "1000 bytes of cache hold no block; one takes 4096")
    }

    @Test("refuses a cache larger than the memory of the machine, with both numbers")
    func noSuchMemory() throws {
        let bytes = 1 << 56
        let error = #expect(throws: ModelError.self) {
            try PagedDecoderModel(
                folder: Fixtures.model("llama-paged-fp16"),
                library: OnnxRuntimeLibrary.load(path: nil),
                options: DecoderOptions(cacheBytes: bytes, blockSize: 16)
            )
        }
        let memory = ProcessInfo.processInfo.physicalMemory
        for text in ["\(bytes)", "\(memory)", "--kv-cache-memory"] {
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "none")")
        }
    }

    @Test("refuses a context that its rotary table does not reach, with both numbers")
    func shortRotaryTable() throws {
        let error = #expect(throws: ModelError.self) { try load(contextLength: 1000) }
        for text in ["context_length 1000", "position 999", "512"] {
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "none")")
        }
    }

    @Test("needs neither tables nor angles for positions that its cache has no room for")
    func longContext() throws {
        let decoder = try load(contextLength: Int(Int32.max), blockCount: 32)
        #expect(decoder.contextLength == Int(Int32.max))
        #expect(decoder.layout.blockCount == 32)
    }

    @Test("gives logits of the tokens that genai_config.json counts, not of the padding behind")
    func paddedVocabulary() throws {
        let folder = try Fixtures.copy(
            of: "llama-paged-fp16",
            replacing: #""vocab_size": 2048"#,
            with: #""vocab_size": 2000"#
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try Fixtures.decoder("llama-paged-fp16")
        let part = try Fixtures.decoder(ModelFolder(path: folder.path))
        #expect(part.vocabularySize == 2000)
        var rows: [[UInt32]] = []
        for decoder in [whole, part] {
            var sequences = [
                TestSequence(tokens: [1, 2, 3], blocks: [0]),
                TestSequence(tokens: [4, 5], blocks: [1]),
            ]
            rows += try decoder.step(&sequences, counts: [3, 2]).map(\.bits)
        }
        #expect(rows[2] == Array(rows[0].prefix(2000)))
        #expect(rows[3] == Array(rows[1].prefix(2000)))
    }

    @Test("lists in one remark the settings of its folder that it does not use")
    func unusedSettings() throws {
        let folder = try Fixtures.copy(
            of: "llama-paged-fp16",
            replacing: #""block_size": 256"#,
            with: #""num_blocks": 77, "max_batch_size": 24, "prefix_caching": false"#
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let notes = try Fixtures.decoder(ModelFolder(path: folder.path)).notes
        let text = """
            engine.dynamic_batching.num_blocks, engine.dynamic_batching.prefix_caching of \
            genai_config.json are not used; flags of paged serve set them
            """
        #expect(notes.contains(text), "\(notes)")
    }

    @Test("refuses a number of threads that cannot be", arguments: [-1, 0, 1025])
    func threads(count: Int) {
        let error = #expect(throws: ModelError.self) {
            try Fixtures.decoder("llama-paged-fp16", threads: count)
        }
        #expect(error?.description == "threads must be from 1 to 1024, got \(count)")
    }

    /// The fixture, whose rotary tables have 512 positions, with another `context_length`.
    private func load(contextLength: Int, blockCount: Int = 128) throws -> PagedDecoderModel {
        let folder = try Fixtures.copy(
            of: "llama-paged-fp16",
            replacing: #""context_length": 512"#,
            with: #""context_length": \#(contextLength)"#
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        return try Fixtures.decoder(ModelFolder(path: folder.path), blockCount: blockCount)
    }

    @Test("reports a step that the operator refuses, and goes on afterwards")
    func refusedStep() throws {
        let decoder = try Fixtures.decoder("llama-paged-fp16")
        var broken = [TestSequence(tokens: [1, 2, 3, 4000], blocks: [0])]
        #expect(throws: ModelError.self) { try decoder.step(&broken, counts: [4]) }
        var sound = [TestSequence(tokens: [1, 2, 3], blocks: [0])]
        #expect(try decoder.step(&sound, counts: [3])[0].bits.count == 2048)
    }
}
