/// How logits become tokens for one request.
///
/// ```swift
/// var sampling = SamplingParameters()      // greedy
/// sampling.temperature = 0.8
/// sampling.topP = 0.95
/// ```
///
/// The order of application is penalties, logit bias, temperature, top-k, top-p, min-p. The names and
/// bounds are those of the OpenAI API and, for `topK`, `minP` and `repetitionPenalty`, of vLLM.
public struct SamplingParameters: Equatable, Sendable {
    /// 0 chooses the most likely token (the lowest identifier among equals).
    public var temperature: Float = 0
    /// Keeps the smallest set of tokens whose probabilities add up to this. In (0, 1]; 1 keeps all.
    public var topP: Float = 1
    /// Keeps this many of the most likely tokens; 0 keeps all.
    public var topK: Int = 0
    /// Drops tokens less likely than this fraction of the most likely one. In [0, 1]; 0 keeps all.
    public var minP: Float = 0
    /// Divides positive and multiplies negative logits of tokens seen in prompt or output; 1 is off.
    public var repetitionPenalty: Float = 1
    /// Subtracted once per earlier occurrence in the output. In [-2, 2].
    public var frequencyPenalty: Float = 0
    /// Subtracted once for tokens that occur in the output. In [-2, 2].
    public var presencePenalty: Float = 0
    /// Added to the logits of the named tokens. Values in [-100, 100].
    public var logitBias: [Int32: Float] = [:]
    /// The same seed and request give the same tokens; nil takes a seed of the engine's choice.
    public var seed: UInt64?
    /// How many of the most likely tokens to report with each token; nil reports no log-probabilities.
    public var logprobs: Int?

    /// Greedy: the defaults of every field.
    public init() {}
}

/// A token with the natural logarithm of its probability.
public struct TokenLogprob: Equatable, Sendable {
    /// The token's identifier.
    public var token: Int32
    /// Its log-probability under the model's own distribution: before temperature and filters,
    /// after penalties and bias.
    public var logprob: Float

    /// A token and its log-probability.
    public init(token: Int32, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}
