public import PagedSampling

/// One prompt to continue.
///
/// ```swift
/// var request = GenerationRequest(promptTokens: tokens, maximumNewTokens: 64)
/// request.stopTokens = [2]
/// let generation = try engine.submit(request)
/// for await event in generation.events { print(event) }
/// ```
public struct GenerationRequest: Sendable {
    /// The prompt, not empty, every value in `0..<vocabularySize`.
    public var promptTokens: [Int32]
    /// How many tokens to generate at most; 0 only computes the prompt.
    public var maximumNewTokens: Int
    /// Tokens that end the generation; the one that does is reported and counted like any other.
    public var stopTokens: Set<Int32> = []
    /// How logits become tokens.
    public var sampling = SamplingParameters()
    /// How many of the most likely tokens to report with each token of the prompt; nil reports nothing
    /// of it. Such a prompt takes nothing from the prefix cache.
    public var promptLogprobs: Int?
    /// What the output may be; nil for anything. Where it allows no token, the request fails.
    public var constraint: (any TokenConstraint)?
    /// Requests share cached prefixes only with requests of the same salt.
    public var cacheSalt: [UInt8] = []

    /// A greedy continuation of at most `maximumNewTokens` tokens.
    public init(promptTokens: [Int32], maximumNewTokens: Int) {
        self.promptTokens = promptTokens
        self.maximumNewTokens = maximumNewTokens
    }
}
