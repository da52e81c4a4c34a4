/// The log-probabilities of an answer's tokens.
package struct ChatLogprobs: Codable, Equatable, Sendable {
    /// One element per token of the content.
    package var content: [ChatTokenLogprob]
    /// Always null here.
    package var refusal: Nullable<String> = .null

    /// The log-probabilities of these tokens.
    package init(content: [ChatTokenLogprob]) {
        self.content = content
    }
}

/// A token of the content.
package struct ChatTokenLogprob: Codable, Equatable, Sendable {
    /// The token as text.
    package var token: String
    /// Its log-probability.
    package var logprob: Float
    /// Its bytes in UTF-8, which may be part of a character only.
    package var bytes: [UInt8]
    /// The most likely tokens at its place, best first.
    package var topLogprobs: [ChatTopLogprob]

    /// A token of the content.
    package init(token: String, logprob: Float, bytes: [UInt8], topLogprobs: [ChatTopLogprob]) {
        self.token = token
        self.logprob = logprob
        self.bytes = bytes
        self.topLogprobs = topLogprobs
    }

    private enum CodingKeys: String, CodingKey {
        case token, logprob, bytes
        case topLogprobs = "top_logprobs"
    }
}

/// One of the most likely tokens at a place.
package struct ChatTopLogprob: Codable, Equatable, Sendable {
    /// The token as text.
    package var token: String
    /// Its log-probability.
    package var logprob: Float
    /// Its bytes in UTF-8.
    package var bytes: [UInt8]

    /// One of the most likely tokens.
    package init(token: String, logprob: Float, bytes: [UInt8]) {
        self.token = token
        self.logprob = logprob
        self.bytes = bytes
    }
}
