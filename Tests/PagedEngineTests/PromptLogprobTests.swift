import Foundation
import PagedEngine
import PagedSampling
import Testing

@Suite("Log-probabilities of prompts", .timeLimit(.minutes(5)))
struct PromptLogprobTests {
    /// What a request is told, but for the admission.
    struct Report: Equatable, Sendable {
        var prompts: [[ScoredToken]] = []
        var tokens: [Int32] = []
        var reason: FinishReason?
    }

    static func report(
        _ engine: Engine,
        _ prompt: [Int32],
        best: Int? = 3,
        new: Int = 0
    ) async throws -> Report {
        var request = GenerationRequest(promptTokens: prompt, maximumNewTokens: new)
        request.promptLogprobs = best
        var report = Report()
        for await event in try engine.submit(request).events {
            switch event {
            case .admitted(let cached):
                #expect(best == nil || cached == 0)
            case .prompt(let scored):
                #expect(report.tokens.isEmpty, "the prompt came after a token")
                report.prompts.append(scored)
            case .token(let token): report.tokens.append(token.token)
            case .finished(let reason): report.reason = reason
            }
        }
        return report
    }

    static func together(
        _ engine: Engine,
        _ prompts: [[Int32]],
        best: Int = 3,
        new: Int = 0
    ) async throws -> [Report] {
        try await withThrowingTaskGroup(of: (Int, Report).self) { group in
            for (number, prompt) in prompts.enumerated() {
                group.addTask { (number, try await report(engine, prompt, best: best, new: new)) }
            }
            return try await group.reduce(into: Array(repeating: Report(), count: prompts.count)) {
                $0[$1.0] = $1.1
            }
        }
    }

    /// Of the fake model, whose logits are 1 for one token and 0 for all others.
    static func expected(_ prompt: [Int32]) -> [ScoredToken] {
        let sum = log(96 + M_E)
        return (1..<prompt.count).map { place in
            let likely = FakeRunner.next(after: Array(prompt[..<place]))
            let token = prompt[place]
            let others = (0..<97).filter { $0 != likely }
            return ScoredToken(
                token: token,
                logprob: Float((token == likely ? 1 : 0) - sum),
                rank: token == likely ? 1 : 2 + (others.firstIndex(of: token) ?? 0),
                topLogprobs: [
                    TokenLogprob(token: likely, logprob: Float(1 - sum)),
                    TokenLogprob(token: others[0], logprob: Float(-sum)),
                ]
            )
        }
    }

    static func isClose(_ scored: [ScoredToken], _ expected: [ScoredToken]) -> Bool {
        scored.count == expected.count
            && zip(scored, expected).allSatisfy { first, second in
                first.token == second.token && first.rank == second.rank
                    && abs(first.logprob - second.logprob) < 1e-6
                    && first.topLogprobs.map(\.token) == second.topLogprobs.map(\.token)
                    && zip(first.topLogprobs, second.topLogprobs).allSatisfy {
                        abs($0.logprob - $1.logprob) < 1e-6
                    }
            }
    }

    @Test("are told once, before the first token, whatever else runs")
    func batch() async throws {
        let engine = EngineTests.engine(blockCount: 16)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<30 {
                group.addTask {
                    let prompt = EngineTests.prompt(number, count: 1 + number * 5 % 90)
                    let best = number.isMultiple(of: 3) ? nil : 2
                    let report = try await Self.report(engine, prompt, best: best, new: 20)
                    #expect(report.tokens == FakeRunner.continuation(of: prompt, count: 20))
                    #expect(report.prompts.count == (best == nil ? 0 : 1))
                    if let scored = report.prompts.first {
                        #expect(Self.isClose(scored, Self.expected(prompt)))
                    }
                }
            }
            try await group.waitForAll()
        }
        let statistics = engine.statistics()
        #expect(statistics.preemptions > 0 && statistics.liveBlocks == 0)
        #expect(statistics.generatedTokens == 30 * 20)
    }

    @Test("may be all that is wanted, of a prompt of the greatest length and of one token")
    func noNewTokens() async throws {
        let engine = EngineTests.engine()
        for count in [1, 2, 48, 512] {
            let prompt = EngineTests.prompt(count, count: count)
            let report = try await Self.report(engine, prompt, best: 2)
            #expect(report.tokens == [] && report.reason == .length)
            #expect(report.prompts.count == 1)
            #expect(Self.isClose(report.prompts[0], Self.expected(prompt)))
        }
        #expect(engine.statistics().generatedTokens == 0)
        #expect(engine.statistics().liveBlocks == 0)
        let silent = try await Self.report(engine, [1, 2, 3], best: nil)
        #expect(silent == Report(reason: .length))
    }

    @Test("end with a step that fails, and with logits that mean nothing; others go on")
    func failures() async throws {
        let gate = Gate()
        gate.close()
        let engine = EngineTests.engine(gate: gate, tokensPerStep: 20)
        let prompts = [
            EngineTests.prompt(1, count: 40), [FakeRunner.cursed, 2, 3],
            [FakeRunner.poison] + EngineTests.prompt(3, count: 30),
            EngineTests.prompt(4, count: 50),
        ]
        async let pending = Self.together(engine, prompts, new: 5)
        try await Task.sleep(for: .milliseconds(50))
        gate.open()
        let reports = try await pending
        for (number, word) in [(1, "Failure"), (2, "NaN")] {
            guard case .failed(let text) = reports[number].reason else {
                Issue.record("request \(number) did not fail")
                continue
            }
            #expect(text.contains(word))
            #expect(reports[number].prompts.isEmpty && reports[number].tokens.isEmpty)
        }
        for number in [0, 3] {
            #expect(
                reports[number].tokens == FakeRunner.continuation(of: prompts[number], count: 5)
            )
            #expect(reports[number].prompts.count == 1)
        }
        #expect(engine.statistics().liveBlocks == 0)
    }

    @Test("a cancelled request tells nothing and gives its blocks back")
    func cancel() async throws {
        let gate = Gate()
        gate.close()
        let engine = EngineTests.engine(gate: gate, tokensPerStep: 20)
        var request = GenerationRequest(
            promptTokens: EngineTests.prompt(0, count: 90),
            maximumNewTokens: 0
        )
        request.promptLogprobs = 5
        let generation = try engine.submit(request)
        while gate.entered == 0 { await Task.yield() }
        generation.cancel()
        gate.open()
        var events: [GenerationEvent] = []
        for await event in generation.events { events.append(event) }
        #expect(events == [.admitted(cachedPromptTokens: 0), .finished(.aborted)])
        #expect(gate.entered == 1)
        #expect(engine.statistics().liveBlocks == 0)
    }
}
