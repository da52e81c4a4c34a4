import Foundation
import PagedText
import Testing

/// What is particular to tokenizers in SentencePiece's style.
@Suite struct SentencePieceTests {
    private static let families = ["llama2", "phi3", "mistral", "gemma", "metaspace", "sentences"]

    private func text(_ pieces: [String]) -> String { pieces.joined() }

    private func tokens(_ texts: [String], _ tokenizer: Tokenizer) throws -> [Int32] {
        try texts.map { try #require(tokenizer.identifier(of: $0), "\($0)") }
    }

    private func streamed(
        _ tokens: [Int32],
        _ tokenizer: Tokenizer,
        after prompt: [Int32] = []
    ) -> [String] {
        var decoder = IncrementalDecoder(
            tokenizer: tokenizer,
            skipSpecialTokens: true,
            after: prompt
        )
        return tokens.map { decoder.append($0) } + [decoder.finish()]
    }

    @Test func `Characters of byte tokens come out with their last byte`() throws {
        let tokenizer = try Fixture.tokenizer("llama2")
        let pieces = try tokens(
            ["<s>", "▁the", "<0x0A>", "<0xF0>", "<0x9F>", "<0xA4>", "<0x96>", "x"],
            tokenizer
        )
        #expect(streamed(pieces, tokenizer) == ["", "the", "\n", "", "", "", "🤖", "x", ""])
    }

    @Test func `Bytes that are no character become replacement characters, the others stay`()
        throws
    {
        let tokenizer = try Fixture.tokenizer("gemma")
        let pieces = try tokens(
            ["<0x0A>", "<0xF0>", "<0x9F>", "<0x0A>", "<0xC3>", "x", "<0xC3>"],
            tokenizer
        )
        #expect(
            streamed(pieces, tokenizer)
                == ["\n", "", "", "\u{FFFD}\n", "", "\u{FFFD}x", "", "\u{FFFD}"]
        )
    }

    @Test(arguments: ["llama2", "mistral", "metaspace"])
    func `Only the start of a text loses its space`(family: String) throws {
        let tokenizer = try Fixture.tokenizer(family)
        let the = try tokens(["▁the"], tokenizer)
        let start = try tokens(["<s>"], tokenizer)
        #expect(text(streamed(the + the, tokenizer)) == "the the")
        #expect(text(streamed(the + the, tokenizer, after: start)) == "the the")
        #expect(text(streamed(the + the, tokenizer, after: start + the)) == " the the")
        #expect(tokenizer.decode(start + the, skipSpecialTokens: true) == "the")
    }

    @Test(arguments: families, [UInt64.random(in: 0...9999)])
    func `Text survives, and a stream adds up to it`(family: String, seed: UInt64) throws {
        let tokenizer = try Fixture.tokenizer(family)
        var random = RandomText(seed: seed)
        for round in 0..<300 {
            let text = "x" + random.text(length: round % 60)
            let tokens = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false)
            let whole = tokenizer.decode(tokens, skipSpecialTokens: true)
            // Their last decoder does not know byte tokens; these tokens take whitespace along,
            // or are what spaces are written as.
            if family != "metaspace", !["<l>", "é+", "▁"].contains(where: text.contains) {
                #expect(Array(whole.utf8) == Array(text.utf8), "seed \(seed), \(family)")
            }
            let pieces = self.text(streamed(tokens, tokenizer))
            #expect(Array(pieces.utf8) == Array(whole.utf8), "seed \(seed), \(family)")
            let cut = random.number(below: tokens.count + 1)
            let head = tokenizer.decode(Array(tokens[..<cut]), skipSpecialTokens: true)
            let tail = self.text(
                streamed(Array(tokens[cut...]), tokenizer, after: Array(tokens[..<cut]))
            )
            // A cut in the middle of a character destroys it.
            guard head.unicodeScalars.last != "\u{FFFD}" else { continue }
            let parts = Array((head + tail).utf8)
            #expect(parts == Array(whole.utf8), "seed \(seed), \(family), cut at \(cut)")
        }
    }

    @Test(arguments: ["llama2", "sentences", "gpt2", "unknown"])
    func `A megabyte without any place to cut takes no time to speak of`(family: String) throws {
        let tokenizer = try Fixture.tokenizer(family)
        for unit in ["a", "the", "\u{1}", "あ"] {
            let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
            let begin = ContinuousClock.now
            _ = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true)
            #expect(ContinuousClock.now - begin < .seconds(10), "\(family): \(unit)")
        }
    }

    @Test func `Merging never makes a special token of typed text`() throws {
        let file = try Fixture.data("tokenizers/llama2.json")
        let merge = #""merges":[["<","s"],["<s",">"],"#
        let json = String(decoding: file, as: UTF8.self)
            .replacingOccurrences(of: #""merges":["#, with: merge)
            .replacingOccurrences(of: #""vocab":{"#, with: #""vocab":{"<":720,">":721,"<s":722,"#)
        let tokenizer = try Tokenizer(json: Data(json.utf8))
        let start = try #require(tokenizer.identifier(of: "<s>"))
        let plain = tokenizer.encode("<s>", addSpecialTokens: false, parseSpecialTokens: false)
        #expect(plain.count > 1 && !plain.contains(start))
        let parsed = tokenizer.encode("<s>", addSpecialTokens: false, parseSpecialTokens: true)
        #expect(parsed == [start])
    }
}
