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
        unusable =
            request.constraint == nil
            ? "the model gave no usable logits: all NaN or -inf"
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

    /// Samples the next token, reports it, and says why the request ends with it, if it does.
    mutating func advance(
        _ logits: UnsafeBufferPointer<Float>,
        using scratch: inout SamplingScratch
    ) -> (Int32, FinishReason?) {
        let sampled = sampler.sample(logits, using: &scratch)
        guard !sampled.isMeaningless else {
            return (sampled.token, .failed(unusable))
        }
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
