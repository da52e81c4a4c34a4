import PagedSampling
import Testing

/// Allows some tokens, and after each only those that are larger.
private struct Ascending: TokenConstraint {
    var allowed: Set<Int32>

    mutating func allows(_ token: Int32) -> Bool { allowed.contains(token) }
    mutating func append(_ token: Int32) { allowed = allowed.filter { $0 > token } }
}

/// Allows some tokens, always.
private struct Fixed: TokenConstraint {
    let allowed: Set<Int32>

    mutating func allows(_ token: Int32) -> Bool { allowed.contains(token) }
    mutating func append(_ token: Int32) {}
}

@Suite("Constraints of the output")
struct ConstraintTests {
    private func sampler(
        _ constraint: any TokenConstraint,
        count: Int,
        _ change: (inout SamplingParameters) -> Void = { _ in }
    ) -> Sampler {
        var parameters = SamplingParameters()
        change(&parameters)
        return Sampler(
            parameters: parameters,
            promptTokens: [],
            vocabularySize: count,
            seed: 1,
            constraint: constraint
        )
    }

    @Test("The most likely of the allowed tokens is taken, and the constraint hears of it")
    func greedy() {
        let logits = (0..<100).map { Float(100 - $0) }
        for logprobs in [nil, 3] as [Int?] {
            var sampler = sampler(Ascending(allowed: [5, 40, 90]), count: 100) {
                $0.logprobs = logprobs
            }
            #expect((0..<3).map { _ in sampler.sample(logits).token } == [5, 40, 90])
            #expect(sampler.sample(logits).isMeaningless)
        }
    }

    @Test("Probabilities of allowed tokens keep their ratios", arguments: [2, 50])
    func ratios(forbidden: Int) {
        // The forbidden ones are the more likely ones, so that both ways of leaving them out are taken.
        let logits = [Float](repeating: 3, count: forbidden) + [0, 1, 2]
        let allowed = Set((forbidden..<forbidden + 3).map(Int32.init))
        var sampler = sampler(Fixed(allowed: allowed), count: logits.count) { $0.temperature = 1 }
        let draws = 6000
        let counts = sampler.histogram(logits, draws: draws)
        #expect(counts[..<forbidden].allSatisfy { $0 == 0 })
        for (index, share) in [0.0900, 0.2447, 0.6652].enumerated() {
            let expected = share * Double(draws)
            let deviation = (expected * (1 - share)).squareRoot()
            #expect(abs(Double(counts[forbidden + index]) - expected) < 5 * deviation)
        }
    }

    @Test("Log-probabilities are the model's own")
    func logprobs() {
        var sampler = sampler(Fixed(allowed: [1, 3]), count: 4) { $0.logprobs = 2 }
        let result = sampler.sample([2, 1, -9, 1])
        #expect(result.token == 1 && abs(result.logprob + 1.5514) < 1e-3)
        #expect(result.topLogprobs.map(\.token) == [0, 1])
    }
}
