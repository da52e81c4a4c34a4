import Foundation
import PagedSampling
import Testing

@Suite("Log-probabilities")
struct LogprobTests {
    /// The error is that of the sum of Float exponentials, 2e-7 relative, and of rounding the result.
    @Test("are the log-softmax of the adjusted logits", arguments: [1, 7, 8, 9, 5001])
    func values(count: Int) {
        var random = SeededGenerator(seed: 21)
        let logits = random.logits(count)
        var parameters = SamplingParameters()
        parameters.temperature = 0.7
        parameters.topK = 3
        parameters.logprobs = 20
        parameters.frequencyPenalty = 1
        parameters.logitBias = [0: 2.5]
        var sampler = Sampler(parameters, vocabularySize: count)
        var reference = SamplingReference(parameters: parameters)
        for _ in 0..<5 {
            let expected = reference.logprobs(logits)
            let result = sampler.sample(logits)
            #expect(abs(Double(result.logprob) - expected[Int(result.token)]) < 2e-6 * 20)
            for top in result.topLogprobs {
                #expect(abs(Double(top.logprob) - expected[Int(top.token)]) < 2e-6 * 20)
            }
            reference.output.append(result.token)
        }
    }

    @Test("name the most likely tokens best first, lower identifiers first among equals")
    func best() {
        var random = SeededGenerator(seed: 22)
        for count in [3, 20, 21, 1000] {
            let logits = random.logits(count).map { $0.rounded() }
            let order = logits.indices.sorted { (logits[$0], -$0) > (logits[$1], -$1) }
            for asked in [0, 1, 5, 20, 21, 1000] {
                var parameters = SamplingParameters()
                parameters.logprobs = asked
                var sampler = Sampler(parameters, vocabularySize: count)
                let top = sampler.sample(logits).topLogprobs
                #expect(top.map(\.token) == order.prefix(min(asked, 20)).map(Int32.init))
            }
        }
    }

    @Test("of tokens that are there already are those of new ones, with their ranks")
    func scores() throws {
        var random = SeededGenerator(seed: 23)
        var scratch = SamplingScratch()
        for count in [1, 7, 8, 9, 1000] {
            // Rounded, so that many are equal.
            let logits = random.logits(count).map { $0.rounded() }
            let order = logits.indices.sorted { (logits[$0], -$0) > (logits[$1], -$1) }
            var parameters = SamplingParameters()
            parameters.logprobs = 20
            var sampler = Sampler(parameters, vocabularySize: count)
            let sampled = sampler.sample(logits)
            for (place, token) in order.enumerated() {
                let scored = try #require(
                    logits.withUnsafeBufferPointer {
                        scratch.score(Int32(token), $0, best: 1000)
                    }
                )
                #expect(scored.token == token && scored.rank == place + 1)
                #expect(scored.topLogprobs == sampled.topLogprobs)
                if place < 20 { #expect(scored.logprob == sampled.topLogprobs[place].logprob) }
            }
        }
        let useless: [Float] = [.nan, -.infinity]
        #expect(useless.withUnsafeBufferPointer { scratch.score(0, $0, best: 1) } == nil)
        let impossible: [Float] = [0, -.infinity]
        let scored = impossible.withUnsafeBufferPointer { scratch.score(1, $0, best: 1) }
        #expect(scored?.logprob == Sampler.leastLogprob && scored?.rank == 2)
    }

    @Test("are reported only when asked for, and leave out the impossible")
    func onlyWhenAsked() {
        var silent = Sampler(SamplingParameters(), vocabularySize: 3)
        #expect(silent.sample([1, 2, 3]).logprob == 0)
        var parameters = SamplingParameters()
        parameters.logprobs = 3
        var sampler = Sampler(parameters, vocabularySize: 3)
        let result = sampler.sample([1, -.infinity, .nan])
        #expect(result.logprob == 0)
        #expect(result.topLogprobs == [TokenLogprob(token: 0, logprob: 0)])
    }

    @Test("rest on an exponential good to 2e-7")
    func exponentials() {
        var worst = 0.0
        let lanes = SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7)
        for step in 0..<2500 {
            let x = pointwiseMin(
                -87 + (lanes + Float(step * 8)) * (175.0 / 20_000),
                SIMD8(repeating: 88)
            )
            let values = exponential(x)
            for lane in 0..<8 {
                let expected = exp(Double(x[lane]))
                worst = max(worst, abs(Double(values[lane]) - expected) / expected)
            }
        }
        print("exponential: largest relative error \(worst)")
        #expect(worst < 2e-7)
    }

    @Test("rest on a logarithm good to 1e-15")
    func logarithms() {
        var random = SeededGenerator(seed: 23)
        for _ in 0..<10_000 {
            let x = exp(Double.random(in: -50...50, using: &random))
            #expect(abs(naturalLogarithm(x) - log(x)) <= 1e-15 * max(abs(log(x)), 1))
        }
        #expect(naturalLogarithm(1) == 0)
    }
}
