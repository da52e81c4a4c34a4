import Foundation
import PagedSampling

/// The sampler's definition, written down in Double with sorting and no cleverness.
struct SamplingReference {
    var parameters: SamplingParameters
    var prompt: [Int32] = []
    var output: [Int32] = []

    /// Logits after penalties and bias.
    func adjusted(_ logits: [Float]) -> [Double] {
        var values = logits.map { $0.isNaN ? -Double.infinity : Double($0) }
        for token in values.indices {
            let count = output.count { Int($0) == token }
            if count > 0 || prompt.contains(Int32(token)) {
                let penalty = Double(parameters.repetitionPenalty)
                values[token] =
                    values[token] > 0 ? values[token] / penalty : values[token] * penalty
            }
            values[token] -= Double(count) * Double(parameters.frequencyPenalty)
            values[token] -= count > 0 ? Double(parameters.presencePenalty) : 0
            values[token] += Double(parameters.logitBias[Int32(token)] ?? 0)
        }
        return values
    }

    /// Log-softmax of the adjusted logits.
    func logprobs(_ logits: [Float]) -> [Double] {
        let values = adjusted(logits)
        let maximum = values.max() ?? 0
        let sum = values.reduce(0) { $0 + exp($1 - maximum) }
        return values.map { $0 - maximum - log(sum) }
    }

    /// The probabilities from which a token is drawn.
    func probabilities(_ logits: [Float]) -> [Double] {
        let values = adjusted(logits).map { $0 / Double(parameters.temperature) }
        var order = values.indices.sorted { (values[$0], -$0) > (values[$1], -$1) }
        if parameters.topK > 0 {
            order = Array(order.prefix(parameters.topK))
        }
        let weights = values.map { exp($0 - values[order[0]]) }
        let total = order.reduce(0) { $0 + weights[$1] }
        var kept: [Int] = []
        var mass = 0.0
        for token in order {
            kept.append(token)
            mass += weights[token] / total
            if mass >= Double(parameters.topP) && parameters.topP < 1 { break }
        }
        kept = kept.filter { weights[$0] >= Double(parameters.minP) }
        let sum = kept.reduce(0) { $0 + weights[$1] }
        var result = [Double](repeating: 0, count: values.count)
        for token in kept {
            result[token] = weights[token] / sum
        }
        return result
    }
}

/// Random numbers that a seed reproduces (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// About normally distributed, as logits are.
    mutating func logits(_ count: Int, deviation: Float = 3) -> [Float] {
        (0..<count).map { _ in
            let sum = (0..<12).reduce(Float(0)) { total, _ in
                total + Float.random(in: 0..<1, using: &self)
            }
            return (sum - 6) * deviation
        }
    }
}

extension Sampler {
    init(_ parameters: SamplingParameters, vocabularySize: Int, seed: UInt64 = 1) {
        self.init(
            parameters: parameters,
            promptTokens: [],
            vocabularySize: vocabularySize,
            seed: seed
        )
    }

    /// Samples from an array with fresh working space.
    mutating func sample(_ logits: [Float]) -> SampledToken {
        var scratch = SamplingScratch()
        return sample(logits, using: &scratch)
    }

    mutating func sample(_ logits: [Float], using scratch: inout SamplingScratch) -> SampledToken {
        logits.withUnsafeBufferPointer { sample($0, using: &scratch) }
    }

    /// How often each token is drawn.
    mutating func histogram(_ logits: [Float], draws: Int) -> [Int] {
        var scratch = SamplingScratch()
        var counts = [Int](repeating: 0, count: logits.count)
        for _ in 0..<draws {
            counts[Int(sample(logits, using: &scratch).token)] += 1
        }
        return counts
    }
}
