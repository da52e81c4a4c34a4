import PagedSampling
import Testing

@Suite("Greedy sampling")
struct GreedyTests {
    private func greedy(
        _ logits: [Float],
        _ change: (inout SamplingParameters) -> Void = { _ in }
    ) -> SampledToken {
        var parameters = SamplingParameters()
        change(&parameters)
        var sampler = Sampler(parameters, vocabularySize: logits.count)
        return sampler.sample(logits)
    }

    @Test("takes the largest logit wherever it is", arguments: 1...40)
    func everyPlace(count: Int) {
        for place in 0..<count {
            var logits = [Float](repeating: -2, count: count)
            logits[place] = -1
            #expect(greedy(logits).token == Int32(place))
            #expect(greedy(logits) { $0.logprobs = 0 }.token == Int32(place))
        }
    }

    @Test("takes the lowest identifier among equals", arguments: 1...40)
    func ties(count: Int) {
        for first in 0..<count {
            for second in first..<count {
                var logits = [Float](repeating: 0, count: count)
                logits[first] = 1
                logits[second] = 1
                #expect(greedy(logits).token == Int32(first))
                #expect(greedy(logits) { $0.logprobs = 0 }.token == Int32(first))
            }
        }
    }

    @Test("ignores what is not a number and takes infinity for the largest")
    func notNumbers() {
        #expect(greedy([.nan, 1, .nan, 2, -.infinity]).token == 3)
        #expect(greedy([.nan, -.infinity, -3e38]).token == 2)
        #expect(greedy([1, .infinity, 3e38, .infinity]).token == 1)
        #expect(greedy([1, .infinity, 3e38]) { $0.logprobs = 2 }.token == 1)
    }

    @Test("says so when no logit means anything")
    func meaningless() {
        for logits: [Float] in [
            [], [.nan], [-.infinity, .nan], [Float](repeating: .nan, count: 20),
        ] {
            for temperature: Float in [0, 1] {
                for logprobs: Int? in [nil, 20] {
                    let result = greedy(logits) {
                        $0.temperature = temperature
                        $0.logprobs = logprobs
                        $0.topP = 0.9
                        $0.logitBias = [0: 3, 5: .infinity]
                    }
                    #expect(result.isMeaningless && result.token == 0)
                    #expect(result.topLogprobs.isEmpty)
                    #expect(result.logprob == (logprobs == nil ? 0 : Sampler.leastLogprob))
                }
            }
        }
        #expect(!greedy([0]).isMeaningless)
    }

    @Test("ignores logits beyond the vocabulary")
    func paddedVocabulary() {
        var sampler = Sampler(SamplingParameters(), vocabularySize: 10)
        #expect(sampler.sample((0..<16).map(Float.init)).token == 9)
    }

    @Test("is what temperatures too small to divide by, or no number, mean")
    func tinyTemperatures() {
        for temperature: Float in [1e-6, -1, .nan, -.infinity] {
            #expect(greedy([1, 3, 2]) { $0.temperature = temperature }.token == 1)
        }
    }

    @Test("applies bias to single tokens and ignores tokens that do not exist")
    func bias() {
        #expect(greedy([1, 3, 2]) { $0.logitBias = [0: 5, -1: 100, 3: 100] }.token == 0)
        #expect(greedy([1, 3, 2]) { $0.logitBias = [1: -100] }.token == 2)
    }

    @Test("follows the penalties of prompt and output step by step")
    func penalties() {
        var parameters = SamplingParameters()
        parameters.frequencyPenalty = 0.75
        parameters.presencePenalty = 0.5
        parameters.repetitionPenalty = 1.25
        let prompt: [Int32] = [3, 3, 900]
        var random = SeededGenerator(seed: 4)
        let logits = random.logits(50, deviation: 1)
        var sampler = Sampler(
            parameters: parameters,
            promptTokens: prompt,
            vocabularySize: 50,
            seed: 0
        )
        var reference = SamplingReference(parameters: parameters, prompt: prompt)
        for _ in 0..<100 {
            let token = sampler.sample(logits).token
            let values = reference.adjusted(logits)
            #expect(abs(values[Int(token)] - (values.max() ?? 0)) < 1e-4)
            reference.output.append(token)
        }
        #expect(Set(reference.output).count > 10)
    }
}
