/// A chosen token.
package struct SampledToken: Equatable, Sendable {
    /// The token's identifier.
    package var token: Int32
    /// Its log-probability; 0 unless log-probabilities were asked for.
    package var logprob: Float
    /// The most likely tokens, best first; empty unless asked for.
    package var topLogprobs: [TokenLogprob]
    /// Whether every logit was -infinity or not a number, so that the token (0) means nothing.
    package var isMeaningless: Bool
}

/// Chooses the tokens of one request.
///
/// ```swift
/// var scratch = SamplingScratch()
/// var sampler = Sampler(
///     parameters: parameters, promptTokens: prompt, vocabularySize: 2048, seed: 7)
/// let next = sampler.sample(logits, using: &scratch).token
/// ```
///
/// Log-probabilities are the log-softmax of the logits after penalties and bias and before temperature
/// and filters. What a request draws depends on its logits, its seed and how many tokens it has drawn,
/// never on its neighbours.
package struct Sampler: Sendable {
    /// The smallest log-probability reported: stands for those that are smaller, -infinity included.
    package static let leastLogprob: Float = -9999
    /// Most of the most likely tokens reported.
    package static let maximumTopLogprobs = 20
    /// Tokens that are drawn before all that a constraint forbids are removed.
    private static let mostAttempts: UInt64 = 8
    /// Below this temperature the most likely token is taken.
    package static let leastTemperature: Float = 1e-5

    private let parameters: SamplingParameters
    private let vocabularySize: Int
    private let random: RandomDraw
    private var adjustments: LogitAdjustments
    private var constraint: (any TokenConstraint)?
    private var step: UInt64 = 0

    /// A sampler at the beginning of a request's output. Tokens outside the vocabulary are ignored.
    package init(
        parameters: SamplingParameters,
        promptTokens: [Int32],
        vocabularySize: Int,
        seed: UInt64,
        constraint: (any TokenConstraint)? = nil
    ) {
        self.constraint = constraint
        self.parameters = parameters
        self.vocabularySize = vocabularySize
        random = RandomDraw(seed: seed)
        adjustments = LogitAdjustments(
            parameters,
            promptTokens: promptTokens,
            vocabularySize: vocabularySize
        )
    }

    /// Chooses the next token and takes note of it.
    ///
    /// - Parameter logits: one per token; what goes beyond the vocabulary is ignored.
    /// - Complexity: O(vocabulary). Greedy choices without penalties, bias or log-probabilities take one
    ///   pass and no memory; others reuse the scratch.
    package mutating func sample(
        _ logits: UnsafeBufferPointer<Float>,
        using scratch: inout SamplingScratch
    ) -> SampledToken {
        let usable = UnsafeBufferPointer(rebasing: logits.prefix(vocabularySize))
        let result: SampledToken
        if isGreedy && adjustments.areNone && parameters.logprobs == nil && constraint == nil {
            let token = mostLikelyToken(usable)
            result = SampledToken(
                token: token ?? 0,
                logprob: 0,
                topLogprobs: [],
                isMeaningless: token == nil
            )
        } else {
            result = choose(usable, using: &scratch)
        }
        step += 1
        adjustments.append(result.token)
        if !result.isMeaningless { constraint?.append(result.token) }
        return result
    }

    /// True also for a temperature that is not a number.
    private var isGreedy: Bool { !(parameters.temperature >= Sampler.leastTemperature) }

    private mutating func choose(
        _ logits: UnsafeBufferPointer<Float>,
        using scratch: inout SamplingScratch
    ) -> SampledToken {
        scratch.logits.assign(logits)
        adjustments.apply(to: &scratch.logits)
        // Of the model's own distribution, before a constraint takes from it.
        let logprobs = parameters.logprobs.map { _ in
            Logprobs(scratch.logits, maximum: scratch.logits.maximum)
        }
        let token = draw(using: &scratch)
        var result = SampledToken(
            token: Int32(token ?? 0),
            logprob: 0,
            topLogprobs: [],
            isMeaningless: token == nil
        )
        if let count = parameters.logprobs, let logprobs {
            result.logprob = logprobs[token ?? 0]
            result.topLogprobs = logprobs.best(min(max(count, 0), Sampler.maximumTopLogprobs))
        }
        return result
    }

    /// The token that is allowed; nil if there is none.
    ///
    /// Most often it is the first one. Otherwise others are drawn, each with a number of its own, which leaves the
    /// probabilities of what is allowed as they are to each other; after a few the whole vocabulary is
    /// looked through.
    private mutating func draw(using scratch: inout SamplingScratch) -> Int? {
        var attempt: UInt64 = 0
        while true {
            let maximum = scratch.logits.maximum
            guard maximum > -.infinity else { return nil }
            let token =
                isGreedy
                ? scratch.logits.first(equalTo: maximum) ?? 0
                : scratch.distribution.draw(
                    scratch.logits,
                    maximum: maximum,
                    parameters: parameters,
                    number: random.number(step: step &+ attempt << 32)
                )
            if constraint?.allows(Int32(token)) ?? true { return token }
            scratch.logits[token] = -.infinity
            attempt += 1
            if attempt == Sampler.mostAttempts { removeForbidden(&scratch.logits) }
        }
    }

    private mutating func removeForbidden(_ logits: inout PaddedLogits) {
        for token in 0..<vocabularySize where logits[token] > -.infinity {
            if constraint?.allows(Int32(token)) == false { logits[token] = -.infinity }
        }
    }
}
