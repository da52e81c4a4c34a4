/// Unnormalised probabilities of tokens, from which the unlikely ones are removed and one is drawn.
///
/// The most likely token has weight 1. Tokens are ordered by logit, equals by identifier. Instead of
/// sorting a whole vocabulary, one pass counts tokens and adds up weights in ranges of logits, the
/// *bins*; only the bin in which top-k or top-p ends is put in order, and of it only as much as needed.
///
/// ```
/// bin      0 | 1 | 2 | 3 ...          1/16 nat of logit / temperature each, the most likely first
/// tokens   1 | 0 | 3 | 9 ...          top-k 6: all of bins 0 to 2, and the best 2 of bin 3
/// ```
struct Distribution: Sendable {
    private var weights: [SIMD8<Float>] = []
    private var counts = [Int](repeating: 0, count: Distribution.binCount)
    private var masses = [Double](repeating: 0, count: Distribution.binCount)
    private var candidates = CandidateHeap()
    private var maximum: Float = 0
    private var scale: Float = 0
    /// The last candidate that stays, and its bin.
    private var cut: Candidate?
    private var lastBin = 0

    private static let binCount = 512
    private static let binsPerNat: Float = 16

    init() {}

    /// The sum of e^(logit - maximum) over all tokens.
    static func exponentialSum(_ logits: PaddedLogits, maximum: Float) -> Double {
        logits.vectors.reduce(0) { $0 + total(of: weight($1 - maximum)) }
    }

    /// Draws a token by the parameters' temperature, top-k, top-p and min-p.
    ///
    /// - Parameter number: in [0, 1); the same number and logits give the same token.
    /// - Precondition: `maximum` is the largest logit and finite.
    mutating func draw(
        _ logits: PaddedLogits,
        maximum: Float,
        parameters: SamplingParameters,
        number: Double
    ) -> Int {
        self.maximum = maximum
        scale = 1 / parameters.temperature
        cut = nil
        weigh(logits)
        let keepsAll = parameters.topK <= 0 || parameters.topK >= logits.vectors.count * 8
        if !keepsAll || parameters.topP < 1 {
            fillBins(logits)
            lastBin = Distribution.binCount - 1
            if !keepsAll {
                keep(count: parameters.topK, logits)
            }
            if parameters.topP < 1 {
                keep(probability: Double(parameters.topP), logits)
            }
        }
        let total = removeCut(logits, least: parameters.minP)
        return pick(number: number, total: total)
    }

    private mutating func weigh(_ logits: PaddedLogits) {
        weights.removeAll(keepingCapacity: true)
        weights.reserveCapacity(logits.vectors.count)
        for vector in logits.vectors {
            weights.append(Distribution.weight((vector - maximum) * scale))
        }
    }

    /// e^exponent, and zero where that is less than 1e-37.
    private static func weight(_ exponent: SIMD8<Float>) -> SIMD8<Float> {
        SIMD8<Float>.zero.replacing(with: exponential(exponent), where: exponent .>= -87)
    }

    private mutating func fillBins(_ logits: PaddedLogits) {
        for bin in 0..<Distribution.binCount {
            counts[bin] = 0
            masses[bin] = 0
        }
        for (number, vector) in logits.vectors.enumerated() {
            let bins = self.bins(of: vector)
            let weight = weights[number]
            for lane in 0..<8 {
                counts[Int(bins[lane])] += 1
                masses[Int(bins[lane])] += Double(weight[lane])
            }
        }
    }

    private func bins(of vector: SIMD8<Float>) -> SIMD8<UInt32> {
        let distance = (maximum - vector) * (scale * Distribution.binsPerNat)
        let last = Float(Distribution.binCount - 1)
        let clamped = SIMD8(repeating: last).replacing(with: distance, where: distance .< last)
        return unsafeBitCast(clamped + roundingShift, to: SIMD8<UInt32>.self) & 0x3f_ffff
    }

    /// Top-k.
    private mutating func keep(count: Int, _ logits: PaddedLogits) {
        var left = count
        for bin in 0...lastBin {
            guard counts[bin] >= left else {
                left -= counts[bin]
                continue
            }
            gather(bin, logits)
            masses[bin] = 0
            while left > 0, let candidate = candidates.removeFirst() {
                masses[bin] += weight(of: candidate)
                cut = candidate
                left -= 1
            }
            removeCandidates(of: bin)
            return
        }
    }

    /// Top-p of what top-k has left.
    private mutating func keep(probability: Double, _ logits: PaddedLogits) {
        let target = probability * masses[0...lastBin].reduce(0, +)
        var sum = 0.0
        for bin in 0...lastBin {
            guard sum + masses[bin] >= target else {
                sum += masses[bin]
                continue
            }
            gather(bin, logits)
            while let candidate = candidates.removeFirst() {
                sum += weight(of: candidate)
                guard sum < target else {
                    cut = candidate
                    removeCandidates(of: bin)
                    return
                }
            }
            return
        }
    }

    /// Sets the weights of those candidates to zero that come after the cut.
    private mutating func removeCandidates(of bin: Int) {
        lastBin = bin
        for candidate in candidates.remaining {
            weights[Int(candidate.token) >> 3][Int(candidate.token) & 7] = 0
        }
    }

    private func weight(of candidate: Candidate) -> Double {
        Double(weights[Int(candidate.token) >> 3][Int(candidate.token) & 7])
    }

    private mutating func gather(_ bin: Int, _ logits: PaddedLogits) {
        candidates.removeAll()
        for (number, vector) in logits.vectors.enumerated() {
            let bins = self.bins(of: vector)
            for lane in 0..<8 where bins[lane] == UInt32(bin) {
                candidates.append(
                    Candidate(logit: vector[lane], token: Int32(number * 8 + lane))
                )
            }
        }
        candidates.order()
    }

    /// Sets the weights of all tokens behind the cut, and of those below `least`, to zero. Those that
    /// equal the cut are in its bin and already seen to.
    ///
    /// - Returns: the sum of the others.
    private mutating func removeCut(_ logits: PaddedLogits, least: Float) -> Double {
        let lowest = cut?.logit ?? -.infinity
        var sum = 0.0
        for number in weights.indices {
            weights[number].replace(with: 0, where: logits.vectors[number] .< lowest)
            weights[number].replace(with: 0, where: weights[number] .< least)
            sum += Distribution.total(of: weights[number])
        }
        return sum
    }

    /// The sum of the lanes, always in the same order.
    private static func total(of weights: SIMD8<Float>) -> Double {
        let four = weights.lowHalf + weights.highHalf
        let two = four.lowHalf + four.highHalf
        return Double(two.x + two.y)
    }

    /// The token at which the weights, added up by identifier, exceed `number` of the total.
    private func pick(number: Double, total: Double) -> Int {
        let target = number * total
        var sum = 0.0
        var last = 0
        for (place, vector) in weights.enumerated() {
            let partial = Distribution.total(of: vector)
            guard partial > 0 else { continue }
            last = place
            guard sum + partial > target else {
                sum += partial
                continue
            }
            break
        }
        // Rounding may leave the sum just below the target: then the last possible token it is.
        var token = last * 8
        for lane in 0..<8 where weights[last][lane] > 0 {
            sum += Double(weights[last][lane])
            token = last * 8 + lane
            if sum > target { break }
        }
        return token
    }
}
