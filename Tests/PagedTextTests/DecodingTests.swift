import PagedText
import Testing

@Suite struct DecodingTests {
    @Test(
        arguments: ["gpt2", "llama3", "o200k", "smollm", "tekken"],
        [UInt64.random(in: 0...9999)]
    )
    func `Text survives encoding and decoding`(family: String, seed: UInt64) throws {
        let tokenizer = try Fixture.tokenizer(family)
        var random = RandomText(seed: seed)
        for length in 0..<300 {
            let text = random.text(length: length % 60)
            let tokens = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
            let decoded = tokenizer.decode(tokens, skipSpecialTokens: true)
            // These two added tokens take whitespace along or are not bytes, so they do not
            // survive.
            guard !text.contains("<l>"), !text.contains("é+") else { continue }
            #expect(Array(decoded.utf8) == Array(text.utf8), "seed \(seed), \(family)")
        }
    }

    @Test(arguments: [UInt64.random(in: 0...9999)])
    func `Pieces of a stream add up to the whole, for any tokens`(seed: UInt64) throws {
        let tokenizer = try Fixture.tokenizer("qwen2")
        var random = RandomText(seed: seed)
        for round in 0..<400 {
            let skips = round % 2 == 0
            // The first 256 or so tokens are single bytes, most of them no characters.
            let bound = round % 3 == 0 ? tokenizer.vocabularySize + 5 : 260
            let tokens = (0..<20).map { _ in Int32(random.number(below: bound)) }
            var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: skips)
            var text = ""
            for token in tokens { text += decoder.append(token) }
            text += decoder.finish()
            let whole = tokenizer.decode(tokens, skipSpecialTokens: skips)
            #expect(Array(text.utf8) == Array(whole.utf8), "seed \(seed): \(tokens)")
        }
    }

    @Test func `A character is held back until its last byte`() throws {
        let tokenizer = try Fixture.tokenizer("gpt2")
        let bytes = Array("é😀".utf8)
        let tokens = try bytes.map { byte in
            try #require((0..<300).map(Int32.init).first { tokenizer.tokenBytes($0) == [byte] })
        }
        var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: true)
        #expect(tokens.map { decoder.append($0) } == ["", "é", "", "", "", "😀"])
        #expect(decoder.append(tokens[2]) == "")
        #expect(decoder.append(tokens[3]) == "")
        #expect(decoder.append(tokens[0]) == "\u{FFFD}")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
    }

    @Test func `Special tokens are shown or left out`() throws {
        let tokenizer = try Fixture.tokenizer("gpt2")
        let tokens = tokenizer.encode(
            "a<|im_end|>b",
            addSpecialTokens: false,
            parseSpecialTokens: true
        )
        #expect(tokenizer.decode(tokens, skipSpecialTokens: false) == "a<|im_end|>b")
        #expect(tokenizer.decode(tokens, skipSpecialTokens: true) == "ab")
    }
}
