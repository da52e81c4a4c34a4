public import PagedSampling

/// What happens to a request, in order: `admitted` once, `prompt` once if asked for, `token` any number
/// of times, `finished` once.
public enum GenerationEvent: Equatable, Sendable {
    /// The request left the queue; so many of its prompt tokens came from the prefix cache.
    case admitted(cachedPromptTokens: Int)
    /// How likely the prompt is: its tokens but the first, which nothing comes before.
    case prompt([ScoredToken])
    /// The next token of the output.
    case token(GeneratedToken)
    /// The last event.
    case finished(FinishReason)
}

/// A generated token and, when asked for, its log-probabilities.
public struct GeneratedToken: Equatable, Sendable {
    /// The token's identifier.
    public var token: Int32
    /// The log-probability of the token; 0 unless log-probabilities were asked for.
    public var logprob: Float
    /// The most likely tokens, best first; empty unless asked for.
    public var topLogprobs: [TokenLogprob]

    /// A generated token.
    public init(token: Int32, logprob: Float = 0, topLogprobs: [TokenLogprob] = []) {
        self.token = token
        self.logprob = logprob
        self.topLogprobs = topLogprobs
    }
}

/// Why a generation ended.
public enum FinishReason: Equatable, Sendable {
    /// The last token is a stop token.
    case stop
    /// `maximumNewTokens` or the model's context length was reached.
    case length
    /// `Generation.cancel()` was called, or nobody reads its events any more.
    case aborted
    /// The step that this request was part of failed; the text says why.
    case failed(String)
}
