import Foundation
import PagedEngine
import PagedSampling
import Testing

/// The built-in model through ONNX Runtime: what a request gets must not depend on anything but itself.
///
/// Prompts are random tokens: the model is then unsure of everything, so that the smallest
/// difference in a sum would change tokens.
@Suite("Engine on the built-in model", .serialized, .timeLimit(.minutes(5)))
struct BuiltInModelTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Models/tiny-paged").path
    static let prompts = (0..<16).map { prompt(UInt64($0), count: 5 + $0 * 9) }

    static func prompt(_ seed: UInt64, count: Int) -> [Int32] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int32(state >> 33) % 2000
        }
    }

    static func engine(
        _ change: (inout EngineConfiguration) -> Void = { _ in }
    ) throws -> Engine {
        var configuration = EngineConfiguration()
        configuration.cacheMemory = 16 << 20
        configuration.maximumRunningRequests = 32
        change(&configuration)
        return try Engine(modelFolder: folder, configuration: configuration)
    }

    static func tokens(_ engine: Engine, _ prompt: [Int32], count: Int = 40) async throws -> [Int32]
    {
        let request = GenerationRequest(promptTokens: prompt, maximumNewTokens: count)
        return await EngineTests.collect(try engine.submit(request)).0
    }

    static func together(_ engine: Engine, _ prompts: [[Int32]]) async throws -> [[Int32]] {
        try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (number, prompt) in prompts.enumerated() {
                group.addTask { (number, try await tokens(engine, prompt)) }
            }
            return try await group.reduce(into: Array(repeating: [], count: prompts.count)) {
                $0[$1.0] = $1.1
            }
        }
    }

    static func alone() async throws -> [[Int32]] {
        let engine = try engine { $0.prefixCaching = false }
        var outputs: [[Int32]] = []
        for prompt in prompts {
            outputs.append(try await tokens(engine, prompt))
        }
        return outputs
    }

    @Test(
        "greedy output is the same alone, in a batch, in chunks, from the prefix cache, preempted"
    )
    func invariance() async throws {
        let expected = try await Self.alone()
        #expect(Set(expected).count > 8, "the outputs are too alike to prove anything")

        let batch = try Self.engine()
        #expect(try await Self.together(batch, Self.prompts) == expected)

        #expect(try await Self.together(batch, Self.prompts) == expected)
        #expect(batch.statistics().prefixHitTokens > 0)

        let chunked = try Self.engine {
            $0.maximumRunningRequests = 6
            $0.maximumTokensPerStep = 13
        }
        #expect(try await Self.together(chunked, Self.prompts) == expected)

        let tight = try Self.engine { $0.blockCount = 18 }
        #expect(try await Self.together(tight, Self.prompts) == expected)
        #expect(tight.statistics().preemptions > 0)

        let single = try Self.engine { $0.threads = 1 }
        #expect(try await Self.together(single, Self.prompts) == expected)
    }

    @Test(
        "log-probabilities of prompts are, to the bit, those of tokens forced one after the other"
    )
    func promptLogprobs() async throws {
        let prompts = Array(Self.prompts[..<10])
        let plain = try Self.engine { $0.prefixCaching = false }
        var expected: [[ScoredToken]] = []
        for prompt in prompts {
            expected.append(try await Self.forced(plain, prompt))
        }

        let engine = try Self.engine()
        for _ in 0..<2 {
            let reports = try await PromptLogprobTests.together(engine, prompts, best: 20)
            #expect(reports.map(Self.prompts) == expected.map { [$0] })
        }
        let chunked = try Self.engine {
            $0.maximumRunningRequests = 6
            $0.maximumTokensPerStep = 30
            $0.maximumScoredTokensPerStep = 3
        }
        var reports = try await PromptLogprobTests.together(chunked, prompts, best: 20)
        #expect(reports.map(Self.prompts) == expected.map { [$0] })

        let tight = try Self.engine {
            $0.blockCount = 18
            $0.maximumScoredTokensPerStep = 7
        }
        reports = try await PromptLogprobTests.together(tight, prompts, best: 20, new: 100)
        #expect(reports.map(Self.prompts) == expected.map { [$0] })
        #expect(tight.statistics().preemptions > 0)
    }

    private struct Only: TokenConstraint {
        let token: Int32
        func allows(_ token: Int32) -> Bool { token == self.token }
        func append(_ token: Int32) {}
    }

    private static func prompts(_ report: PromptLogprobTests.Report) -> [[ScoredToken]] {
        report.prompts.map { scored in
            scored.map { token in
                var token = token
                token.rank = min(token.rank, 21)
                return token
            }
        }
    }

    /// The same by another way: as the only new tokens that a constraint allows, each after a prompt of
    /// those before it. Log-probabilities are those before the constraint. Ranks are known up to 20.
    private static func forced(_ engine: Engine, _ prompt: [Int32]) async throws -> [ScoredToken] {
        var scored: [ScoredToken] = []
        for place in 1..<prompt.count {
            var request = GenerationRequest(
                promptTokens: Array(prompt[..<place]),
                maximumNewTokens: 1
            )
            request.constraint = Only(token: prompt[place])
            request.sampling.logprobs = 20
            for await case .token(let token) in try engine.submit(request).events {
                #expect(token.token == prompt[place])
                scored.append(
                    ScoredToken(
                        token: token.token,
                        logprob: token.logprob,
                        rank: 1
                            + (token.topLogprobs.map(\.token).firstIndex(of: token.token) ?? 20),
                        topLogprobs: token.topLogprobs
                    )
                )
            }
        }
        return scored
    }

    @Test("four requests of 40 prompt and 60 new tokens finish on 12 blocks as they do alone")
    func twelveBlocks() async throws {
        let prompts = (0..<4).map { Self.prompt(100 + UInt64($0), count: 40) }
        let roomy = try Self.engine()
        let tight = try Self.engine { $0.blockCount = 12 }
        var expected: [[Int32]] = []
        for prompt in prompts {
            expected.append(try await Self.tokens(roomy, prompt, count: 60))
        }
        let outputs = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (number, prompt) in prompts.enumerated() {
                group.addTask { (number, try await Self.tokens(tight, prompt, count: 60)) }
            }
            return try await group.reduce(into: [Int: [Int32]]()) { $0[$1.0] = $1.1 }
        }
        for number in prompts.indices {
            #expect(outputs[number]?.count == 60)
            #expect(outputs[number] == expected[number])
        }
        #expect(tight.statistics().preemptions > 0)
        #expect(tight.statistics().liveBlocks == 0)
    }

    @Test("a seed gives the same sample again, whatever else is in the batch")
    func seeds() async throws {
        let engine = try Self.engine()
        var request = GenerationRequest(promptTokens: Self.prompts[3], maximumNewTokens: 30)
        request.sampling.temperature = 1.1
        request.sampling.topP = 0.95
        request.sampling.seed = 7
        let first = await EngineTests.collect(try engine.submit(request)).0
        async let others = Self.together(engine, Self.prompts)
        let second = await EngineTests.collect(try engine.submit(request)).0
        _ = try await others
        #expect(first == second)
        request.sampling.seed = 8
        #expect(await EngineTests.collect(try engine.submit(request)).0 != first)
    }

    @Test("a folder that is not there is refused by name")
    func missingFolder() {
        #expect(throws: EngineError.self) { try Engine(modelFolder: "Models/none") }
        do {
            _ = try Engine(modelFolder: "Models/none")
        } catch {
            #expect(error.description.contains("Models/none"))
        }
    }

    @Test("a step that could not hold a full batch and a prompt is refused with the numbers")
    func smallStep() {
        do {
            _ = try Self.engine { $0.maximumTokensPerStep = 32 }
            Issue.record("the engine started")
        } catch {
            #expect("\(error)".contains("maximumTokensPerStep is 32"))
        }
    }
}
