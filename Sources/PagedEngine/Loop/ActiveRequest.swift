import PagedSampling

/// What the engine's thread keeps of a request between submission and its last event.
struct ActiveRequest {
    let stopTokens: Set<Int32>
    let maximumNewTokens: Int
    let promptCount: Int
    var sampler: Sampler
    var generatedCount = 0
    /// Whether the request still counts towards the queue's limit.
    var isQueued = true
    private let reportsLogprobs: Bool
    /// The most likely tokens to report with each token of the prompt, and the prompt; nil when nothing
    /// is reported of it.
    private let scoring: (best: Int, prompt: [Int32])?
    private var scoredTokens: [ScoredToken] = []
    private static let uselessLogits = "the model gave no usable logits: all NaN or -inf"
    /// What it means that no token can be sampled.
    private let unusable: String
    private let events: AsyncStream<GenerationEvent>.Continuation

    init(
        _ request: GenerationRequest,
        vocabularySize: Int,
        events: AsyncStream<GenerationEvent>.Continuation
    ) {
        stopTokens = request.stopTokens
        maximumNewTokens = request.maximumNewTokens
        promptCount = request.promptTokens.count
        reportsLogprobs = request.sampling.logprobs != nil
        scoring = request.promptLogprobs.map { (best: $0, prompt: request.promptTokens) }
        unusable =
            request.constraint == nil
            ? Self.uselessLogits
            : "no token of the model can go on with the output in the wanted form"
        sampler = Sampler(
            parameters: request.sampling,
            promptTokens: request.promptTokens,
            vocabularySize: vocabularySize,
            seed: request.sampling.seed ?? UInt64.random(in: .min ... .max),
            constraint: request.constraint
        )
        self.events = events
    }

    /// Takes note of how likely the prompt's token at `position` is, by the logits of the one before;
    /// says why the request ends with that, if it does.
    mutating func score(
        position: Int,
        _ logits: UnsafeBufferPointer<Float>,
        using scratch: inout SamplingScratch
    ) -> FinishReason? {
        guard let scoring else { return nil }
        guard let scored = scratch.score(scoring.prompt[position], logits, best: scoring.best)
        else { return .failed(Self.uselessLogits) }
        scoredTokens.append(scored)
        return nil
    }

    /// Samples the next token, reports it, and says why the request ends with it, if it does. The
    /// token is nil where there is none.
    mutating func advance(
        _ logits: UnsafeBufferPointer<Float>,
        using scratch: inout SamplingScratch
    ) -> (Int32?, FinishReason?) {
        if generatedCount == 0, scoring != nil {
            events.yield(.prompt(scoredTokens))
            scoredTokens = []
        }
        guard maximumNewTokens > 0 else { return (nil, .length) }
        let sampled = sampler.sample(logits, using: &scratch)
        guard !sampled.isMeaningless else { return (nil, .failed(unusable)) }
        generatedCount += 1
        var token = GeneratedToken(token: sampled.token)
        if reportsLogprobs {
            token.logprob = sampled.logprob
            token.topLogprobs = sampled.topLogprobs
        }
        events.yield(.token(token))
        if stopTokens.contains(sampled.token) {
            return (sampled.token, .stop)
        }
        return (sampled.token, generatedCount >= maximumNewTokens ? .length : nil)
    }

    /// Reports that the request left the queue.
    func admitted(cachedPromptTokens: Int) {
        events.yield(.admitted(cachedPromptTokens: cachedPromptTokens))
    }

    /// Reports the last event.
    func finish(_ reason: FinishReason) {
        events.yield(.finished(reason))
        events.finish()
    }
}
