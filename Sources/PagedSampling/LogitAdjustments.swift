/// What a request changes in the logits of single tokens: penalties for those seen, and its bias.
///
/// Only these tokens are visited, never the vocabulary.
struct LogitAdjustments: Sendable {
    private let repetitionPenalty: Float
    private let frequencyPenalty: Float
    private let presencePenalty: Float
    private let bias: [(token: Int32, value: Float)]
    private let vocabularySize: Int
    /// Tokens that occurred in the prompt (for the repetition penalty only) or in the output.
    private var seen: [(token: Int32, outputCount: Float)] = []
    private var places: [Int32: Int] = [:]

    init(_ parameters: SamplingParameters, promptTokens: [Int32], vocabularySize: Int) {
        repetitionPenalty = parameters.repetitionPenalty
        frequencyPenalty = parameters.frequencyPenalty
        presencePenalty = parameters.presencePenalty
        self.vocabularySize = vocabularySize
        bias = parameters.logitBias.sorted { $0.key < $1.key }
            .filter { $0.key >= 0 && Int($0.key) < vocabularySize }
            .map { ($0.key, $0.value) }
        guard repetitionPenalty != 1 else { return }
        for token in promptTokens {
            note(token, inOutput: false)
        }
    }

    /// Whether no logit ever changes.
    var areNone: Bool { bias.isEmpty && !countsTokens }

    /// Takes note of a token of the output.
    mutating func append(_ token: Int32) {
        if countsTokens {
            note(token, inOutput: true)
        }
    }

    /// Applies the penalties, then the bias.
    func apply(to logits: inout PaddedLogits) {
        for (token, outputCount) in seen {
            var logit = logits[Int(token)]
            logit = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty
            logit -= outputCount * frequencyPenalty
            logit -= outputCount > 0 ? presencePenalty : 0
            logits[Int(token)] = logit
        }
        for (token, value) in bias {
            logits[Int(token)] += value
        }
    }

    private var countsTokens: Bool {
        repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0
    }

    private mutating func note(_ token: Int32, inOutput: Bool) {
        guard token >= 0, Int(token) < vocabularySize else { return }
        if let place = places[token] {
            seen[place].outputCount += inOutput ? 1 : 0
        } else {
            places[token] = seen.count
            seen.append((token, inOutput ? 1 : 0))
        }
    }
}
