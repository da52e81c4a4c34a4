/// How many tokens a request took.
package struct Usage: Codable, Equatable, Sendable {
    /// Tokens of the prompt.
    package var promptTokens: Int
    /// Tokens generated.
    package var completionTokens: Int
    /// Both together.
    package var totalTokens: Int
    /// More about the prompt's tokens.
    package var promptTokensDetails: PromptTokensDetails

    /// The usage of a request.
    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        totalTokens = promptTokens + completionTokens
        promptTokensDetails = PromptTokensDetails(cachedTokens: cachedTokens)
    }

    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case promptTokensDetails = "prompt_tokens_details"
    }
}

/// More about the prompt's tokens.
package struct PromptTokensDetails: Codable, Equatable, Sendable {
    /// How many of them came from the prefix cache.
    package var cachedTokens: Int

    private enum CodingKeys: String, CodingKey {
        case cachedTokens = "cached_tokens"
    }
}
