/// The answer to `POST /tokenize`.
package struct TokenizeResponse: Codable, Equatable, Sendable {
    /// How many tokens there are.
    package var count: Int
    /// Most tokens of prompt and output together.
    package var maxModelLen: Int
    /// The tokens.
    package var tokens: [Int32]
    /// The tokens as the vocabulary writes them, when they were asked for.
    package var tokenStrs: Nullable<[String]>

    /// An answer.
    package init(tokens: [Int32], tokenStrs: [String]?, maxModelLen: Int) {
        count = tokens.count
        self.maxModelLen = maxModelLen
        self.tokens = tokens
        self.tokenStrs = Nullable(tokenStrs)
    }

    private enum CodingKeys: String, CodingKey {
        case count, tokens
        case maxModelLen = "max_model_len"
        case tokenStrs = "token_strs"
    }
}

/// The answer to `POST /detokenize`.
package struct DetokenizeResponse: Codable, Equatable, Sendable {
    /// The text of the tokens, special ones included.
    package var prompt: String

    /// An answer.
    package init(prompt: String) {
        self.prompt = prompt
    }
}
