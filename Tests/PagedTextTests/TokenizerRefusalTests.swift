import Foundation
import PagedText
import Testing

@Suite struct TokenizerRefusalTests {
    /// Loads the GPT-2 fixture with a part of its text replaced.
    private func load(_ old: String, _ new: String, family: String = "gpt2") throws {
        let text = String(decoding: try Fixture.data("tokenizers/\(family).json"), as: UTF8.self)
        try #require(text.contains(old))
        _ = try Tokenizer(json: Data(text.replacingOccurrences(of: old, with: new).utf8))
    }

    private func pattern(_ pattern: String) throws {
        let escaped = pattern.replacingOccurrences(of: #"\"#, with: #"\\"#)
        let text = String(decoding: try Fixture.data("tokenizers/tekken.json"), as: UTF8.self)
        let start = try #require(text.range(of: #""Regex":""#)).upperBound
        let end = try #require(text.range(of: #""},"behavior""#)).lowerBound
        _ = try Tokenizer(json: Data(text.replacingCharacters(in: start..<end, with: escaped).utf8))
    }

    @Test(arguments: [
        (#""type":"BPE""#, #""type":"Unigram""#, "model Unigram"),
        (#""dropout":null"#, #""dropout":0.1"#, "dropout"),
        (#""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#, "end_of_word_suffix"),
        (#""normalizer":null"#, #""normalizer":{"type":"NFKC"}"#, "normalizer NFKC"),
        (
            #""pre_tokenizer":{"type":"ByteLevel""#, #""pre_tokenizer":{"type":"WhitespaceSplit""#,
            "pre-tokenizer WhitespaceSplit"
        ),
        (#""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"WordPiece""#, "decoder WordPiece"),
        (
            #""post_processor":null"#, #""post_processor":{"type":"BertProcessing"}"#,
            "post-processor BertProcessing"
        ),
    ])
    func `What is not covered is refused by name`(old: String, new: String, name: String) {
        #expect(throws: TokenizerError.notCovered(name)) { try load(old, new) }
    }

    @Test(arguments: [
        (#"{"type":"ByteFallback"}"#, #"{"type":"CTC"}"#, "decoder CTC in a Sequence"),
        (
            #"{"type":"ByteFallback"},{"type":"Fuse"}"#,
            #"{"type":"Fuse"},{"type":"ByteFallback"}"#, "decoder ByteFallback after Fuse"
        ),
        (#"{"type":"Fuse"},"#, "", "decoder Strip without Fuse"),
        (#""start":1,"stop":0"#, #""start":1,"stop":1"#, "decoder Strip at the end of the text"),
        (
            #""decoders":[{"type":"Replace","pattern":{"String":"\u2581"}"#,
            #""decoders":[{"type":"Replace","pattern":{"Regex":"\u2581"}"#,
            "decoder Replace with a Regex"
        ),
        (
            #"{"type":"Prepend","prepend":"\u2581"}"#, #"{"type":"Lowercase"}"#,
            "normalizer Lowercase"
        ),
    ])
    func `What is not covered of SentencePiece's style is refused by name`(
        old: String,
        new: String,
        name: String
    ) {
        #expect(throws: TokenizerError.notCovered(name)) { try load(old, new, family: "llama2") }
    }

    @Test func `A file that does not say how to decode is refused`() {
        #expect(throws: TokenizerError.notCovered("decoding without a decoder")) {
            try load(#""decoder":"#, #""decoders":"#, family: "metaspace")
        }
    }

    @Test(arguments: [
        #"\w+"#, #"(?<!a)b+"#, #"a+?"#, #"(ab)+"#, #"[[:alpha:]]+"#, #"\p{Greek}+"#, #"a|b*"#,
        #"(a"#, #"a{2,1}"#,
        #"x{1,3}+"#, #"[a"#, #"^a"#, #"(?!ab)c"#, #"[b-a]"#,
    ])
    func `An expression that is not covered is refused`(pattern: String) throws {
        #expect {
            try self.pattern(pattern)
        } throws: { error in
            guard case .notCovered(let name)? = error as? TokenizerError else { return false }
            return name.hasSuffix("in the regular expression \(pattern)")
        }
    }

    @Test(arguments: [
        #"a"#, #"[a-c\-]+"#, #"(?:a|b)?c++"#, #"\s*+x"#, #"(?=a)\p{Ll}"#, #"\P{L}"#, #"a{2,}"#,
    ])
    func `Other expressions of the subset are accepted`(pattern: String) throws {
        try self.pattern(pattern)
    }

    @Test(arguments: [
        "", "[]", "{", "{\"model\":{}}", "{\"model\":{\"vocab\":{\"a\":-1}}}", "\u{0}",
    ])
    func `Damaged files are refused`(text: String) {
        #expect {
            _ = try Tokenizer(json: Data(text.utf8))
        } throws: { error in
            if case .malformed? = error as? TokenizerError { true } else { false }
        }
    }

    @Test(arguments: [UInt64.random(in: 0...9999)])
    func `No damage to a file makes loading trap`(seed: UInt64) throws {
        var random = RandomText(seed: seed)
        for round in 0..<80 {
            let family = ["llama3", "llama2", "gemma", "unknown"][round % 4]
            var damaged = try Fixture.data("tokenizers/\(family).json")
            for _ in 0...random.number(below: 3) {
                damaged[random.number(below: damaged.count)] = UInt8(random.number(below: 256))
            }
            if random.number(below: 3) == 0 {
                damaged = damaged.prefix(random.number(below: damaged.count))
            }
            guard let tokenizer = try? Tokenizer(json: damaged) else { continue }
            let text = random.text(length: 40)
            let tokens = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true)
            _ = tokenizer.decode(tokens, skipSpecialTokens: false)
        }
    }
}
