#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Text to tokens and back, exactly as Hugging Face's `tokenizers` does for byte-level byte-pair
/// models.
///
/// ```swift
/// let tokenizer = try Tokenizer(json: Data(contentsOf: folder / "tokenizer.json"))
/// let tokens = tokenizer.encode("Hello", addSpecialTokens: true, parseSpecialTokens: false)
/// tokenizer.decode(tokens, skipSpecialTokens: true)  // "Hello"
/// ```
///
/// Immutable and shared freely; a copy costs a few reference counts. Encoding n scalars takes O(n
/// log n) at worst, for text that is one long piece, and O(n) for ordinary text.
package struct Tokenizer: Sendable {
    let model: BytePairModel
    let normalizesToFormC: Bool
    let preTokenizer: PreTokenizer
    /// Added tokens found before and after normalisation.
    let verbatimTokens: AddedTokenFinder
    let normalizedTokens: AddedTokenFinder
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

    /// One more than the largest token number.
    package var vocabularySize: Int { model.vocabulary.texts.count }

    /// The token as the vocabulary writes it, nil for a number that is not in use.
    package func text(of token: Int32) -> String? {
        let texts = model.vocabulary.texts
        return texts.indices.contains(Int(token)) ? texts[Int(token)] : nil
    }

    /// The number of a token as the vocabulary writes it, such as `<|im_end|>`.
    package func identifier(of token: String) -> Int32? { model.vocabulary.number(of: token.utf8) }

    /// The bytes that a token stands for in decoded text.
    package func tokenBytes(_ token: Int32) -> [UInt8]? { text(of: token).map(ByteAlphabet.bytes) }

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
    /// stay text.
    package func encode(_ prompt: RenderedPrompt) -> [Int32] {
        encode(prompt.content.units, false, true)
    }

    private func encode(_ units: [UInt32], _ addsSpecial: Bool, _ parsesSpecial: Bool) -> [Int32] {
        var encoder = PieceEncoder(model)
        if addsSpecial { encoder.append(tokens: prefix) }
        verbatimTokens.forEachSegment(of: units, parsesSpecial: parsesSpecial) { segment in
            switch segment {
            case .token(let token): encoder.append(token: token)
            case .text(let range):
                let part = range.count == units.count ? units : Array(units[range])
                encode(part, parsesSpecial, into: &encoder)
            }
        }
        if addsSpecial { encoder.append(tokens: suffix) }
        return encoder.tokens
    }

    private func encode(_ units: [UInt32], _ parsesSpecial: Bool, into encoder: inout PieceEncoder)
    {
        let units = normalizesToFormC ? CanonicalComposition.apply(to: units) : units
        normalizedTokens.forEachSegment(of: units, parsesSpecial: parsesSpecial) { segment in
            switch segment {
            case .token(let token): encoder.append(token: token)
            case .text(let range):
                var part = units[range].map(\.unguarded)
                for piece in preTokenizer.pieces(of: &part) { encoder.encode(part[piece]) }
            }
        }
    }
}

// MARK: - Decoding

extension Tokenizer {
    /// The text of tokens; bytes that are no valid UTF-8 become U+FFFD, numbers that are not in use
    /// nothing.
    package func decode(_ tokens: [Int32], skipSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        for token in tokens where !(skipSpecialTokens && isSpecial(token)) {
            bytes.append(contentsOf: tokenBytes(token) ?? [])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
