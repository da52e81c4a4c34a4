import PagedText

/// Tokens as the log-probabilities of answers show them.
struct TokenText: Sendable {
    let tokenizer: Tokenizer

    /// The bytes that a token stands for.
    func bytes(of token: Int32) -> [UInt8] {
        tokenizer.tokenBytes(token) ?? []
    }

    /// The token's text; one that is no complete text by itself is `bytes:\xe2\x82`, as OpenAI
    /// writes it.
    func text(of token: Int32) -> String {
        let bytes = bytes(of: token)
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return "bytes:"
            + bytes.map { byte in
                let digits = String(byte, radix: 16)
                return "\\x" + (digits.count < 2 ? "0" : "") + digits
            }.joined()
    }

    /// A log-probability that JSON can hold: minus infinity becomes -9999, as in vLLM.
    static func finite(_ logprob: Float) -> Float {
        logprob.isFinite ? logprob : -9999
    }
}
