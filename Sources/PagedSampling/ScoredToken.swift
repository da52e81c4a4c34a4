/// A token that is there already, a prompt's, and how likely the model found it.
public struct ScoredToken: Equatable, Sendable {
    /// The token's identifier.
    public var token: Int32
    /// Its log-probability under the model's own distribution: nothing that shapes new tokens, such as
    /// penalties or bias, applies.
    public var logprob: Float
    /// Its place among all tokens by likelihood, from 1 on; lower identifiers first among equals.
    public var rank: Int
    /// The most likely tokens at its place, best first.
    public var topLogprobs: [TokenLogprob]

    /// A token and how likely it is.
    public init(token: Int32, logprob: Float, rank: Int, topLogprobs: [TokenLogprob]) {
        self.token = token
        self.logprob = logprob
        self.rank = rank
        self.topLogprobs = topLogprobs
    }
}

extension SamplingScratch {
    /// How likely logits find a token, and the `best` most likely ones, at most
    /// ``Sampler/maximumTopLogprobs``; nil when every logit is -infinity or not a number.
    ///
    /// - Parameter token: less than the number of logits.
    /// - Complexity: O(vocabulary).
    package mutating func score(
        _ token: Int32,
        _ values: UnsafeBufferPointer<Float>,
        best: Int
    ) -> ScoredToken? {
        logits.assign(values)
        let maximum = logits.maximum
        guard maximum > -.infinity else { return nil }
        let logprobs = Logprobs(logits, maximum: maximum)
        return ScoredToken(
            token: token,
            logprob: logprobs[Int(token)],
            rank: logprobs.rank(of: Int(token)),
            topLogprobs: logprobs.best(min(max(best, 0), Sampler.maximumTopLogprobs))
        )
    }
}
