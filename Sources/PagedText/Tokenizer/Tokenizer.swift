#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Text to tokens and back, exactly as Hugging Face's `tokenizers` does for byte-pair models, both
/// byte-level ones and those in SentencePiece's style.
///
/// ```swift
/// let tokenizer = try Tokenizer(json: Data(contentsOf: folder / "tokenizer.json"))
/// let tokens = tokenizer.encode("Hello", addSpecialTokens: true, parseSpecialTokens: false)
/// tokenizer.decode(tokens, skipSpecialTokens: true)  // "Hello"
/// ```
///
/// One difference: where byte tokens (`<0x0A>`) in a row are not UTF-8, `tokenizers` decodes all of
/// them to U+FFFD, this one only those that are wrong, because what was streamed already cannot be
/// taken back.
///
/// Immutable and shared freely; a copy costs a few reference counts. Encoding n scalars takes O(n
/// log n) at worst, for text that is one long piece, and O(n) for ordinary text.
package struct Tokenizer: Sendable {
    let model: BytePairModel
    let normalizer: Normalizer
    let preTokenizer: PreTokenizer
    let decoder: TokenDecoder
    /// Added tokens found before and after normalisation.
    let verbatimTokens: AddedTokenFinder
    let normalizedTokens: AddedTokenFinder
    /// The texts of normalised tokens that the normaliser changes: decoding shows these.
    let normalizedTexts: [Int32: String]
    let specialTokens: Set<Int32>
    /// What the post-processor puts around the tokens.
    let prefix: [Int32]
    let suffix: [Int32]

    /// Reads a `tokenizer.json`; `truncation` and `padding` in it are left to the caller.
    ///
    /// Throws `TokenizerError.notCovered` when the file needs something that would give other
    /// tokens.
    package init(json: Data) throws(TokenizerError) {
        let document: JSONValue
        do {
            document = try JSONParser.parse(Array(json))
        } catch {
            throw .malformed("\(error.reason) at byte \(error.offset)")
        }
        try self.init(TokenizerFile(document))
    }

    /// What kind of tokenizer this is, for people.
    package var kind: String { model.isByteLevel ? "byte-level BPE" : "SentencePiece-style BPE" }

    /// One more than the largest token number.
    package var vocabularySize: Int { model.vocabulary.texts.count }

    /// The same without added tokens, which some models have no logits for.
    package var ordinarySize: Int { model.ordinarySize }

    /// The token as the vocabulary writes it, nil for a number that is not in use.
    package func text(of token: Int32) -> String? {
        let texts = model.vocabulary.texts
        return texts.indices.contains(Int(token)) ? texts[Int(token)] : nil
    }

    /// The number of a token as the vocabulary writes it, such as `<|im_end|>`.
    package func identifier(of token: String) -> Int32? { model.vocabulary.number(of: token.utf8) }

    /// The bytes that a token stands for inside a text.
    package func tokenBytes(_ token: Int32) -> [UInt8]? { tokenBytes(token, isFirst: false) }

    /// The bytes of a token that may be the first of a text.
    func tokenBytes(_ token: Int32, isFirst: Bool) -> [UInt8]? {
        (normalizedTexts[token] ?? text(of: token)).map {
            decoder.bytes(of: $0, isFirst: isFirst)
        }
    }

    /// True for tokens that steer the model and are no text.
    package func isSpecial(_ token: Int32) -> Bool { specialTokens.contains(token) }
}

// MARK: - Encoding

extension Tokenizer {
    /// Encodes plain text.
    ///
    /// `addSpecialTokens` adds what the post-processor adds, such as a beginning-of-text token.
    /// `parseSpecialTokens` turns the text of a special token into that token; leave it off for
    /// text from users.
    package func encode(
        _ text: String,
        addSpecialTokens: Bool,
        parseSpecialTokens: Bool
    ) -> [Int32] {
        encode(GuardedText(text).units, addSpecialTokens, parseSpecialTokens)
    }

    /// Encodes a rendered chat: special tokens of the template become tokens, those typed by users
    /// stay text. Templates write a token for the start themselves, so `addSpecialTokens` is for those
    /// that do not.
    package func encode(_ prompt: RenderedPrompt, addSpecialTokens: Bool = false) -> [Int32] {
        encode(prompt.content.units, addSpecialTokens, true)
    }

    private func encode(_ units: [UInt32], _ addsSpecial: Bool, _ parsesSpecial: Bool) -> [Int32] {
        var encoder = PieceEncoder(model)
        if addsSpecial { encoder.append(tokens: prefix) }
        verbatimTokens.forEachSegment(of: units, parsesSpecial: parsesSpecial) { segment in
            switch segment {
            case .token(let token): encoder.append(token: token)
            case .text(let range):
                let part = range.count == units.count ? units : Array(units[range])
                encode(part, isStart: range.lowerBound == 0, parsesSpecial, into: &encoder)
            }
        }
        if addsSpecial { encoder.append(tokens: suffix) }
        return encoder.tokens
    }

    private func encode(
        _ units: [UInt32],
        isStart: Bool,
        _ parsesSpecial: Bool,
        into encoder: inout PieceEncoder
    ) {
        let units = normalizer.apply(to: units)
        normalizedTokens.forEachSegment(of: units, parsesSpecial: parsesSpecial) { segment in
            switch segment {
            case .token(let token): encoder.append(token: token)
            case .text(let range):
                var part = units[range].map(\.unguarded)
                let isStart = isStart && range.lowerBound == 0
                for piece in preTokenizer.pieces(of: &part, isStart: isStart) {
                    encoder.encode(part[piece])
                }
            }
        }
    }
}

// MARK: - Decoding

extension Tokenizer {
    /// The text of tokens; bytes that are no valid UTF-8 become U+FFFD, numbers that are not in use
    /// nothing.
    package func decode(_ tokens: [Int32], skipSpecialTokens: Bool) -> String {
        var decoder = IncrementalDecoder(tokenizer: self, skipSpecialTokens: skipSpecialTokens)
        var text = ""
        for token in tokens { text += decoder.append(token) }
        return text + decoder.finish()
    }
}
