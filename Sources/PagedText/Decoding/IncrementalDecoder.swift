/// Tokens to text one at a time, never splitting a character that spans tokens.
///
/// ```swift
/// var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: true)
/// for token in tokens { output += decoder.append(token) }
/// output += decoder.finish()  // output == tokenizer.decode(tokens, skipSpecialTokens: true)
/// ```
package struct IncrementalDecoder: Sendable {
    private let tokenizer: Tokenizer
    /// Whether special tokens have no text, but for those of ``shown``.
    private let skipsSpecialTokens: Bool
    private let shown: Set<Int32>
    /// At most three bytes between calls: the beginning of a character that is not complete.
    private var pending: [UInt8] = []
    /// Whether no token was shown yet.
    private var isFirst = true
    /// How many scalars may still be left out at the start of the text.
    private var stripped: Int

    /// A decoder of tokens that follow `prompt`: the first of them keeps its leading space when the
    /// prompt shows any text.
    package init(
        tokenizer: Tokenizer,
        skipSpecialTokens: Bool,
        showing shown: Set<Int32> = [],
        after prompt: [Int32] = []
    ) {
        self.tokenizer = tokenizer
        self.shown = shown
        skipsSpecialTokens = skipSpecialTokens
        stripped = tokenizer.decoder.strippedStart?.count ?? 0
        for token in prompt where isFirst || stripped > 0 { _ = append(token) }
        pending.removeAll()
    }

    /// Adds a token and returns the characters that are complete now.
    package mutating func append(_ token: Int32) -> String {
        let isSkipped =
            skipsSpecialTokens && tokenizer.isSpecial(token) && !shown.contains(token)
        guard !isSkipped, let bytes = tokenizer.tokenBytes(token, isFirst: isFirst)
        else { return "" }
        isFirst = false
        pending.append(contentsOf: bytes)
        let complete = pending.count - Self.unfinishedCount(pending)
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeFirst(complete)
        return withoutStart(text)
    }

    /// Returns what is left when no more tokens come: U+FFFD for an unfinished character.
    package mutating func finish() -> String {
        defer { pending.removeAll() }
        return withoutStart(String(decoding: pending, as: UTF8.self))
    }

    private mutating func withoutStart(_ text: String) -> String {
        guard stripped > 0, let scalar = tokenizer.decoder.strippedStart?.scalar else {
            return text
        }
        let kept = text.unicodeScalars.drop { next in
            guard next == scalar, stripped > 0 else { return false }
            stripped -= 1
            return true
        }
        if !kept.isEmpty { stripped = 0 }
        return String(kept)
    }

    /// How many bytes at the end may still become one character (Unicode standard, table 3-7).
    static func unfinishedCount(_ bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let start = bytes.count - count
            switch bytes[start] {
            case 0x80...0xBF: continue
            case 0xC2...0xDF: return count == 1 ? 1 : 0
            case 0xE0...0xF4:
                let length = bytes[start] < 0xF0 ? 3 : 4
                guard count < length else { return 0 }
                return count == 1 || isSecond(bytes[start + 1], after: bytes[start]) ? count : 0
            default: return 0
            }
        }
        return 0
    }

    private static func isSecond(_ second: UInt8, after first: UInt8) -> Bool {
        switch first {
        case 0xE0: second >= 0xA0
        case 0xED: second < 0xA0
        case 0xF0: second >= 0x90
        case 0xF4: second < 0x90
        default: true
        }
    }
}
