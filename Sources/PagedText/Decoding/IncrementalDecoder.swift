/// Tokens to text one at a time, never splitting a character that spans tokens.
///
/// ```swift
/// var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: true)
/// for token in tokens { output += decoder.append(token) }
/// output += decoder.finish()  // output == tokenizer.decode(tokens, skipSpecialTokens: true)
/// ```
package struct IncrementalDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// At most three bytes between calls: the beginning of a character that is not complete.
    private var pending: [UInt8] = []

    package init(tokenizer: Tokenizer, skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skipSpecialTokens
    }

    /// Adds a token and returns the characters that are complete now.
    package mutating func append(_ token: Int32) -> String {
        guard !(skipsSpecialTokens && tokenizer.isSpecial(token)),
            let bytes = tokenizer.tokenBytes(token)
        else { return "" }
        pending.append(contentsOf: bytes)
        let complete = pending.count - Self.unfinishedCount(pending)
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeFirst(complete)
        return text
    }

    /// Returns what is left when no more tokens come: U+FFFD for an unfinished character.
    package mutating func finish() -> String {
        defer { pending.removeAll() }
        return String(decoding: pending, as: UTF8.self)
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
