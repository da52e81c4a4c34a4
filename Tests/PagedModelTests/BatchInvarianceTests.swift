import PagedModel
import Testing

/// Greedy decoding must not depend on the batch: every comparison here is of bits.
@Suite("What a sequence gets depends on no other sequence")
struct BatchInvarianceTests {
    /// A fixture, and whether its products of 4-bit weights may be ours.
    struct Model: CustomStringConvertible {
        let name: String
        var ownProducts = true

        var description: String { name + (ownProducts ? "" : ", ONNX Runtime's products") }

        func decoder(threads: Int = 2) throws -> PagedDecoderModel {
            try Fixtures.decoder(name, ownProducts: ownProducts, threads: threads)
        }
    }

    static let models = [
        Model(name: "llama-paged-fp16"), Model(name: "llama-paged-fp16-pruned"),
        Model(name: "nbits-paged"), Model(name: "nbits-paged", ownProducts: false),
        Model(name: "../../Models/tiny-paged"),
    ]

    @Test("without padding lone rows where products are ours")
    func padding() throws {
        let decoder = try Fixtures.decoder("nbits-paged")
        guard decoder.notes.contains(where: { $0.contains("matmulnbits.") }) else { return }
        #expect(!decoder.padsLoneRows)
    }

    @Test("alone or in a batch of 2 to 16, decoding", arguments: models, [1, 2])
    func decoding(model: Model, threads: Int) throws {
        let decoder = try model.decoder(threads: threads)
        let prompts = (0..<16).map { prompt(length: 3 + 5 * $0, seed: UInt64($0)) }
        let alone = try prompts.enumerated().map { index, prompt in
            var sequences = [sequence(prompt, index)]
            _ = try decoder.step(&sequences, counts: [prompt.count - 1])
            return try decoder.step(&sequences, counts: [1])[0]
        }
        for size in 2...16 {
            var batch = (0..<size).map { sequence(prompts[$0], $0) }
            for index in batch.indices {
                var one = [batch[index]]
                _ = try decoder.step(&one, counts: [prompts[index].count - 1])
                batch[index] = one[0]
            }
            let together = try decoder.step(&batch, counts: Array(repeating: 1, count: size))
            for index in 0..<size {
                #expect(together[index] == alone[index], "sequence \(index) of \(size)")
            }
        }
    }

    @Test("prompt whole, token by token, or in chunks, beside others or not", arguments: models)
    func chunks(model: Model) throws {
        let decoder = try model.decoder()
        let tokens = prompt(length: 131, seed: 99)
        var whole = [sequence(tokens, 0)]
        let expected = try decoder.step(&whole, counts: [131])[0]
        for chunk in [1, 2, 3, 16, 17, 33, 64, 128, 129, 130] {
            var sequences = [sequence(tokens, 1)]
            var last: LogitsRow?
            while sequences[0].past < tokens.count {
                let count = min(chunk, tokens.count - sequences[0].past)
                last = try decoder.step(&sequences, counts: [count])[0]
            }
            #expect(last == expected, "chunks of \(chunk)")
        }
        var mixed = [sequence(prompt(length: 20, seed: 4), 3), sequence(tokens, 2)]
        _ = try decoder.step(&mixed, counts: [10, 65])
        let last = try decoder.step(&mixed, counts: [1, 66])[1]
        #expect(last == expected, "in two chunks beside another sequence")
    }

    @Test("wherever its blocks are", arguments: models)
    func blocks(model: Model) throws {
        let decoder = try model.decoder()
        let tokens = prompt(length: 60, seed: 5)
        var results: [LogitsRow] = []
        for blocks: [Int32] in [[0, 1, 2, 3], [90, 5, 127, 33]] {
            var sequences = [TestSequence(tokens: tokens, blocks: blocks)]
            results += try decoder.step(&sequences, counts: [60])
        }
        #expect(results[0] == results[1])
    }

    private func sequence(_ tokens: [Int32], _ index: Int) -> TestSequence {
        let first = index * 8 + (tokens.count > 100 ? index : 0)
        let count = (tokens.count + 15) / 16
        return TestSequence(tokens: tokens, blocks: (0..<count).map { Int32(first + $0) })
    }

    private func prompt(length: Int, seed: UInt64) -> [Int32] {
        var generator = SeededGenerator(state: seed)
        return (0..<length).map { _ in Int32.random(in: 0..<128, using: &generator) }
    }
}
