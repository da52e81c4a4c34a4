/// The logarithms of the probabilities that logits stand for.
struct Logprobs {
    private let logits: PaddedLogits
    private let maximum: Float
    private let logarithmOfSum: Double

    /// - Parameter maximum: the largest logit.
    init(_ logits: PaddedLogits, maximum: Float) {
        self.logits = logits
        self.maximum = maximum
        let isUsable = maximum > -.infinity
        logarithmOfSum =
            isUsable
            ? naturalLogarithm(Distribution.exponentialSum(logits, maximum: maximum)) : .infinity
    }

    subscript(token: Int) -> Float {
        guard token < logits.vectors.count * 8 else { return Sampler.leastLogprob }
        return logprob(of: logits[token])
    }

    /// The most likely tokens with a logit above -infinity, best first, lower identifiers first among
    /// equals.
    func best(_ count: Int) -> [TokenLogprob] {
        guard count > 0 else { return [] }
        var best: [Candidate] = []
        best.reserveCapacity(count + 1)
        var threshold = -Float.infinity
        for (number, vector) in logits.vectors.enumerated() {
            for lane in 0..<8 where vector[lane] > threshold {
                let candidate = Candidate(logit: vector[lane], token: Int32(number * 8 + lane))
                let place = best.firstIndex { candidate < $0 } ?? best.count
                best.insert(candidate, at: place)
                if best.count > count {
                    best.removeLast()
                }
                if best.count == count {
                    threshold = best[count - 1].logit
                }
            }
        }
        return best.map { TokenLogprob(token: $0.token, logprob: logprob(of: $0.logit)) }
    }

    /// The place, from 1 on, that a token has in the order of ``best(_:)``.
    func rank(of token: Int) -> Int {
        let logit = logits[token]
        var rank = 1
        for (number, vector) in logits.vectors.enumerated() {
            for lane in 0..<8 {
                let isBefore = vector[lane] == logit && number * 8 + lane < token
                rank += vector[lane] > logit || isBefore ? 1 : 0
            }
        }
        return rank
    }

    private func logprob(of logit: Float) -> Float {
        let value = Double(logit) - Double(maximum) - logarithmOfSum
        // Also false for a difference of infinities, which is not a number.
        return value >= Double(Sampler.leastLogprob) ? Float(value) : Sampler.leastLogprob
    }
}
