import PagedModel
import Testing

/// Greedy tokens of the exported graphs themselves: see `Tests/Fixtures/make-genai-models.py`.
@Suite("A model that onnxruntime-genai exported for CPU")
struct GenaiModelTests {
    static let names = [
        "llama-fp32", "llama-int4", "mistral-int4", "qwen2-int4", "qwen3-fp32", "qwen3-int4",
        "qwen3-rotary-int4", "phi2-int4", "phi3-int4", "phi3-long-int4",
        "phi3-long-fp32",
        "phi4-mini-int4", "gemma2-int4", "gemma3-int4",
        "gpt-oss-fp32", "gpt-oss-int4", "llama2-int4", "granite-int4",
    ]

    @Test(
        "says what its own graph says, however its prompt is cut",
        arguments: names,
        [1, 7, 32, 256]
    )
    func alone(name: String, chunk: Int) throws {
        let decoder = try Fixtures.decoder("genai/" + name)
        for continuation in try #require(Fixtures.genaiContinuations()[name]) {
            let tokens = try decoder.greedy(
                continuation.prompt,
                count: continuation.greedy.count,
                chunk: chunk,
                blocks: [9, 3, 0, 5, 12, 7, 31, 30]
            )
            #expect(tokens == continuation.greedy, "after \(continuation.prompt.count) tokens")
        }
    }

    @Test(
        "says the same with ONNX Runtime's products of 4-bit weights",
        arguments: names.filter { $0.contains("int4") }
    )
    func onnxRuntimeProducts(name: String) throws {
        let decoder = try Fixtures.decoder("genai/" + name, ownProducts: false)
        #expect(!decoder.notes.contains { $0.contains("matmulnbits.") })
        for continuation in try #require(Fixtures.genaiContinuations()[name]) {
            let tokens = try decoder.greedy(
                continuation.prompt,
                count: continuation.greedy.count,
                chunk: 7,
                blocks: [9, 3, 0, 5, 12, 7, 31, 30]
            )
            #expect(tokens == continuation.greedy, "after \(continuation.prompt.count) tokens")
        }
    }

    /// With a block table of its own for layers with a window; with rotary tables that are chosen for
    /// the whole batch, which become those of each sequence.
    @Test(
        "or for CUDA says the same",
        arguments: [
            ("gpt-oss-paged-fp16", "gpt-oss-fp32"), ("phi3-long-paged-fp16", "phi3-long-fp32"),
        ]
    )
    func pagedExport(name: String, exact: String) throws {
        let decoder = try Fixtures.decoder("genai/" + name)
        for continuation in try #require(Fixtures.genaiContinuations()[exact]) {
            // The weights of the float32 export, rounded: equal as long as no lead is small.
            let count = min(continuation.greedy.count, 3)
            let tokens = try decoder.greedy(
                continuation.prompt,
                count: count,
                chunk: 32,
                blocks: [9, 3, 0, 5, 12, 7, 31, 30]
            )
            #expect(tokens == Array(continuation.greedy.prefix(count)))
        }
    }

    @Test("says the same in a batch whose sequences begin one after the other", arguments: names)
    func batch(name: String) throws {
        let decoder = try Fixtures.decoder("genai/" + name)
        let continuations = try #require(Fixtures.genaiContinuations()[name])
        var sequences: [TestSequence] = []
        for (index, continuation) in (continuations + continuations.reversed()).enumerated() {
            let blocks = (0..<8).map { Int32(8 * index + (5 * $0) % 8) }
            sequences.append(TestSequence(tokens: continuation.prompt, blocks: blocks))
            // Everybody decodes one token while the new one takes its prompt in two parts.
            try decoder.decode(&sequences, prompt: continuation.prompt.count / 2)
        }
        for _ in 0..<25 { try decoder.decode(&sequences, prompt: 1) }
        for (sequence, expected) in zip(sequences, continuations + continuations.reversed()) {
            let output = sequence.tokens.dropFirst(expected.prompt.count)
            #expect(Array(output.prefix(expected.greedy.count)) == expected.greedy)
        }
    }
}

extension PagedDecoderModel {
    /// One step: `prompt` tokens of the last sequence, what is left of the others' prompts, and the
    /// likeliest token to each whose prompt is done.
    fileprivate func decode(_ sequences: inout [TestSequence], prompt: Int) throws {
        let counts = sequences.enumerated().map { index, sequence in
            let left = sequence.tokens.count - sequence.past
            return index == sequences.count - 1 ? min(prompt, left) : left
        }
        let logits = try step(&sequences, counts: counts)
        for index in sequences.indices where sequences[index].past == sequences[index].tokens.count
        {
            sequences[index].tokens.append(logits[index].likeliest)
            restart(&sequences[index])
        }
    }
}
