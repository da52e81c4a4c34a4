/// The log-probabilities of a prompt's tokens as vLLM writes them: null for the first, then an object for
/// each, by token identifier, with the prompt's token and the most likely ones.
package typealias PromptLogprobs = [[String: PromptLogprob]?]

/// A token that is, or could have been, at a place of a prompt.
package struct PromptLogprob: Codable, Equatable, Sendable {
    /// Its log-probability.
    package var logprob: Float
    /// Its place among all tokens by likelihood, from 1 on.
    package var rank: Int
    /// The token as text.
    package var decodedToken: String

    /// A token.
    package init(logprob: Float, rank: Int, decodedToken: String) {
        self.logprob = logprob
        self.rank = rank
        self.decodedToken = decodedToken
    }

    private enum CodingKeys: String, CodingKey {
        case logprob, rank
        case decodedToken = "decoded_token"
    }
}
