import PagedSampling
import Testing

@Suite("Drawing tokens")
struct DrawingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var temperature: Float = 1
        var topK = 0
        var topP: Float = 1
        var minP: Float = 0
        var testDescription: String { "T \(temperature) k \(topK) p \(topP) min \(minP)" }

        var parameters: SamplingParameters {
            var parameters = SamplingParameters()
            parameters.temperature = temperature
            parameters.topK = topK
            parameters.topP = topP
            parameters.minP = minP
            return parameters
        }
    }

    static let cases = [
        Case(), Case(temperature: 0.5), Case(temperature: 3), Case(topK: 1), Case(topK: 7),
        Case(topK: 1000), Case(topP: 0.5), Case(topP: 0.95), Case(temperature: 4, topP: 0.99),
        Case(topP: 1e-6), Case(minP: 0.1), Case(minP: 1), Case(topK: 20, topP: 0.8),
        Case(temperature: 2, topK: 30, topP: 0.9, minP: 0.05), Case(topK: 5, topP: 0.999),
    ]

    /// Chi-square against the reference's probabilities: the statistic has the mean of its degrees of
    /// freedom f and a standard deviation of sqrt(2 f); five of those are allowed.
    @Test("follows the reference's probabilities", arguments: cases)
    func frequencies(of one: Case) {
        var random = SeededGenerator(seed: 11)
        for count in [5, 99] {
            let logits = random.logits(count)
            let expected = SamplingReference(parameters: one.parameters).probabilities(logits)
            var sampler = Sampler(one.parameters, vocabularySize: count, seed: UInt64(count))
            let draws = 4000
            let counts = sampler.histogram(logits, draws: draws)
            var statistic = 0.0
            var freedom = -1.0
            for (probability, count) in zip(expected, counts) {
                guard probability > 0 else {
                    #expect(count == 0, "a token that was filtered out")
                    continue
                }
                let mean = probability * Double(draws)
                guard mean > 5 else { continue }
                statistic += (Double(count) - mean) * (Double(count) - mean) / mean
                freedom += 1
            }
            #expect(statistic <= freedom + 5 * (2 * freedom + 2).squareRoot(), "\(count) tokens")
        }
    }

    /// At a huge temperature all that top-k keeps is equally likely, so every kept token shows.
    @Test(
        "keeps exactly the k best, the lowest identifiers among equals",
        arguments: [1, 2, 9, 60]
    )
    func topK(count: Int) {
        var random = SeededGenerator(seed: 12)
        for vocabulary in [61, 1000] {
            let logits = random.logits(vocabulary).map { ($0 * 2).rounded() }
            var one = Case(temperature: 1000, topK: count)
            one.topP = 1
            var sampler = Sampler(one.parameters, vocabularySize: vocabulary)
            let counts = sampler.histogram(logits, draws: count * 20)
            let order = logits.indices.sorted { (logits[$0], -$0) > (logits[$1], -$1) }
            let drawn = logits.indices.filter { counts[$0] > 0 }
            #expect(Set(drawn) == Set(order.prefix(count)), "\(vocabulary) tokens")
        }
    }

    @Test("keeps the smallest set that reaches top-p, the lowest identifiers among equals")
    func topPTies() {
        let logits = [Float](repeating: 1, count: 100)
        var sampler = Sampler(Case(topP: 0.295).parameters, vocabularySize: 100)
        let counts = sampler.histogram(logits, draws: 2000)
        #expect(logits.indices.filter { counts[$0] > 0 } == Array(0..<30))
    }

    @Test("measures top-p against what top-k has left")
    func topPAfterTopK() {
        let logits = [Float](repeating: 1, count: 100)
        var sampler = Sampler(Case(topK: 10, topP: 0.55).parameters, vocabularySize: 100)
        let counts = sampler.histogram(logits, draws: 500)
        #expect(logits.indices.filter { counts[$0] > 0 } == Array(0..<6))
    }

    @Test("depends on seed and step, not on neighbours or working space")
    func independent() {
        var random = SeededGenerator(seed: 13)
        let logits = (0..<30).map { _ in random.logits(1000) }
        let parameters = Case(temperature: 2, topP: 0.9).parameters
        var alone = Sampler(parameters, vocabularySize: 1000, seed: 5)
        let expected = logits.map { alone.sample($0).token }
        var scratch = SamplingScratch()
        var first = Sampler(parameters, vocabularySize: 1000, seed: 5)
        var other = Sampler(Case(topK: 3).parameters, vocabularySize: 40, seed: 9)
        let mixed = logits.map { row in
            _ = other.sample(Array(row.prefix(40)), using: &scratch)
            return first.sample(row, using: &scratch).token
        }
        #expect(mixed == expected)
        var different = Sampler(parameters, vocabularySize: 1000, seed: 6)
        #expect(logits.map { different.sample($0).token } != expected)
    }

    @Test("survives extreme parameters and logits", arguments: 0..<200)
    func extremes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let values: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, 1e-30, 5, 5, -5,
            -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 88, -88,
        ]
        let sizes: [Float] = [1e-5, 1, 1e30, .infinity, .greatestFiniteMagnitude, 0.3]
        func pick(_ list: [Float]) -> Float { list.randomElement(using: &random) ?? 0 }
        var parameters = SamplingParameters()
        parameters.temperature = pick(sizes)
        parameters.topK = [0, 1, 3, 1 << 40].randomElement(using: &random) ?? 0
        parameters.topP = pick([1, 0.5, 0, 1e-30, .nan])
        parameters.minP = pick([0, 1, 0.5, .nan, 2])
        parameters.repetitionPenalty = pick([1, 2, 1e-30, .infinity, 0])
        parameters.frequencyPenalty = pick([0, 2, -2, .infinity])
        parameters.logitBias = [1: pick(values), 2: pick(values)]
        parameters.logprobs = [nil, 0, 5, .max, -3].randomElement(using: &random) ?? nil
        let count = Int.random(in: 1...37, using: &random)
        var sampler = Sampler(
            parameters: parameters,
            promptTokens: [0, 2],
            vocabularySize: count,
            seed: seed
        )
        for _ in 0..<20 {
            let result = sampler.sample((0..<count).map { _ in pick(values) })
            #expect(result.token >= 0 && Int(result.token) < count)
            #expect(result.logprob.isFinite && result.topLogprobs.count <= 20)
            #expect(result.topLogprobs.allSatisfy { $0.logprob.isFinite && $0.logprob <= 0 })
        }
    }
}
