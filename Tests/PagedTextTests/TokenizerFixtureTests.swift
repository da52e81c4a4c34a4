import PagedText
import Testing

/// Compares with the `tokenizers` package: Scripts/make-tokenizer-fixtures.py.
@Suite struct TokenizerFixtureTests {
    static let families = [
        "gpt2", "gpt2-prefix", "llama3", "cl100k", "phi4", "qwen2", "qwen35", "o200k", "tekken",
        "smollm", "digits", "splits", "llama2", "phi3", "mistral", "gemma", "metaspace",
        "sentences", "unknown", "unfused",
    ]

    @Test(arguments: families)
    func `Texts become the tokens that the tokenizers package gives`(family: String) throws {
        let tokenizer = try Fixture.tokenizer(family)
        let expected = try Fixture.json("tokenizers/\(family).expected.json")
        let texts = try Fixture.json("tokenizers/texts.json").array.compactMap(\.string)
        let plain = expected["plain"]?.array ?? []
        try #require(texts.count > 300 && texts.count == plain.count)
        for (index, text) in texts.enumerated() {
            let tokens = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: true)
            #expect(tokens == plain[index].tokens, "\(family): \(text.debugDescription)")
        }
    }

    @Test(arguments: families)
    func `Options for special tokens act as in the tokenizers package`(family: String) throws {
        let tokenizer = try Fixture.tokenizer(family)
        let expected = try Fixture.json("tokenizers/\(family).expected.json")
        let texts = try Fixture.json("tokenizers/texts.json").array.compactMap(\.string)
        let unparsed = expected["unparsed"]?.members ?? [:]
        #expect(!unparsed.isEmpty)
        for (index, text) in texts.enumerated() {
            let row = unparsed["\(index)"] ?? expected["plain"]?.array[index]
            let tokens = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(tokens == row?.tokens, "\(family): \(text.debugDescription)")
        }
        for (index, row) in expected["added"]?.members ?? [:] {
            let text = texts[try #require(Int(index))]
            let tokens = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true)
            #expect(tokens == row.tokens, "\(family): \(text.debugDescription)")
        }
    }

    @Test(arguments: families)
    func `Tokens become the text that the tokenizers package gives`(family: String) throws {
        let tokenizer = try Fixture.tokenizer(family)
        let expected = try Fixture.json("tokenizers/\(family).expected.json")
        for (index, row) in (expected["tokens"]?.array ?? []).enumerated() {
            for (key, skips) in [("decoded", false), ("skipped", true)] {
                let text = tokenizer.decode(row.tokens, skipSpecialTokens: skips)
                let wanted = try #require(expected[key]?.array[index].string)
                #expect(Array(text.utf8) == Array(wanted.utf8), "\(family): \(row.tokens)")
            }
        }
    }

    @Test func `A vocabulary can be asked for its tokens`() throws {
        let tokenizer = try Fixture.tokenizer("qwen2")
        let space = try #require(tokenizer.identifier(of: "Ġthe"))
        #expect(tokenizer.text(of: space) == "Ġthe")
        #expect(tokenizer.tokenBytes(space) == Array(" the".utf8))
        #expect(tokenizer.identifier(of: "<|im_end|>") == 2)
        #expect(tokenizer.isSpecial(2))
        #expect(!tokenizer.isSpecial(space))
        #expect(tokenizer.identifier(of: "no such token") == nil)
        #expect(tokenizer.tokenBytes(-1) == nil)
        #expect(tokenizer.tokenBytes(Int32(tokenizer.vocabularySize)) == nil)
        #expect(tokenizer.text(of: Int32(tokenizer.vocabularySize - 1)) != nil)
        #expect(tokenizer.kind == "byte-level BPE")
    }

    @Test func `A vocabulary in SentencePiece's style can be asked for its tokens`() throws {
        let tokenizer = try Fixture.tokenizer("llama2")
        let the = try #require(tokenizer.identifier(of: "▁the"))
        #expect(tokenizer.tokenBytes(the) == Array(" the".utf8))
        let newline = try #require(tokenizer.identifier(of: "<0x0A>"))
        #expect(tokenizer.tokenBytes(newline) == [0x0A])
        #expect(!tokenizer.isSpecial(newline))
        #expect(tokenizer.kind == "SentencePiece-style BPE")
    }
}

extension TemplateValue {
    var tokens: [Int32] { array.compactMap(\.integer).compactMap(Int32.init(exactly:)) }
}
