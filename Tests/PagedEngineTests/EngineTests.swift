import PagedBatching
import PagedEngine
import PagedSampling
import Testing

@Suite("Engine", .timeLimit(.minutes(2)))
struct EngineTests {
    static func engine(
        blockCount: Int = 64,
        gate: Gate? = nil,
        maximumQueued: Int = 64,
        tokensPerStep: Int = 48
    ) -> Engine {
        let configuration = SchedulerConfiguration(
            blockCount: blockCount,
            blockSize: 16,
            maximumTokensPerStep: tokensPerStep,
            maximumRunningSequences: 16,
            maximumSequenceLength: min(512, blockCount * 16),
            maximumQueuedSequences: maximumQueued
        )
        return Engine(
            model: ModelDescription(
                name: "fake",
                vocabularySize: 97,
                maximumSequenceLength: configuration.maximumSequenceLength,
                endOfSequenceTokens: []
            ),
            configuration: configuration,
            runner: FakeRunner(blockCount: blockCount, blockSize: 16, gate: gate)
        )
    }

    static func prompt(_ number: Int, count: Int) -> [Int32] {
        (0..<count).map { Int32((number * 31 + $0 * 7) % 95) }
    }

    static func collect(_ generation: Generation) async -> ([Int32], FinishReason?) {
        var tokens: [Int32] = []
        var reason: FinishReason?
        for await event in generation.events {
            switch event {
            case .admitted, .prompt: break
            case .token(let token): tokens.append(token.token)
            case .finished(let last): reason = last
            }
        }
        return (tokens, reason)
    }

    @Test("many requests at once each get what they get alone")
    func batch() async throws {
        let engine = Self.engine()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let prompt = Self.prompt(number, count: 1 + number * 5 % 90)
                    let request = GenerationRequest(promptTokens: prompt, maximumNewTokens: 30)
                    let (tokens, reason) = await Self.collect(try engine.submit(request))
                    #expect(tokens == FakeRunner.continuation(of: prompt, count: 30))
                    #expect(reason == .length)
                }
            }
            try await group.waitForAll()
        }
        let statistics = engine.statistics()
        #expect(statistics.liveBlocks == 0)
        #expect(statistics.generatedTokens == 40 * 30)
        #expect(statistics.timeWithoutProgress == .zero)
    }

    @Test("four requests of 40 prompt and 60 new tokens finish on 12 blocks of 16 places")
    func twelveBlocks() async throws {
        let engine = Self.engine(blockCount: 12)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let prompt = Self.prompt(number, count: 40)
                    let request = GenerationRequest(promptTokens: prompt, maximumNewTokens: 60)
                    let (tokens, reason) = await Self.collect(try engine.submit(request))
                    #expect(tokens == FakeRunner.continuation(of: prompt, count: 60))
                    #expect(reason == .length)
                }
            }
            try await group.waitForAll()
        }
        #expect(engine.statistics().preemptions > 0)
    }

    @Test("a stop token ends the output and is its last token")
    func stopToken() async throws {
        let prompt = Self.prompt(3, count: 20)
        let expected = FakeRunner.continuation(of: prompt, count: 30)
        var request = GenerationRequest(promptTokens: prompt, maximumNewTokens: 30)
        request.stopTokens = [expected[9]]
        let end = expected.firstIndex(of: expected[9]) ?? 9
        let (tokens, reason) = await Self.collect(try Self.engine().submit(request))
        #expect(tokens == Array(expected[...end]))
        #expect(reason == .stop)
    }

    @Test("the second of two equal prompts takes its full blocks from the cache")
    func prefixHit() async throws {
        let engine = Self.engine()
        let request = GenerationRequest(
            promptTokens: Self.prompt(1, count: 50),
            maximumNewTokens: 2
        )
        _ = await Self.collect(try engine.submit(request))
        var cached: Int?
        for await event in try engine.submit(request).events {
            if case .admitted(let count) = event {
                cached = count
            }
        }
        #expect(cached == 48)
    }

    @Test("a cancelled request ends within one step and gives its blocks back")
    func cancel() async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate)
        let generation = try engine.submit(
            GenerationRequest(promptTokens: Self.prompt(0, count: 20), maximumNewTokens: 400)
        )
        while gate.entered == 0 {
            await Task.yield()
        }
        generation.cancel()
        gate.open()
        let (tokens, reason) = await Self.collect(generation)
        #expect(reason == .aborted)
        #expect(tokens.count == 1, "the step that was running ends; no other begins")
        #expect(gate.entered == 1)
        #expect(engine.statistics().liveBlocks == 0)
    }

    @Test("a request that nobody reads any more is aborted")
    func abandoned() async throws {
        let engine = Self.engine()
        let reader = Task {
            let generation = try engine.submit(
                GenerationRequest(promptTokens: Self.prompt(0, count: 20), maximumNewTokens: 480)
            )
            for await _ in generation.events { try? await Task.sleep(for: .seconds(60)) }
        }
        try await Task.sleep(for: .milliseconds(5))
        reader.cancel()
        _ = await reader.result
        let deadline = ContinuousClock.now + .seconds(20)
        while engine.statistics().runningRequests > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(engine.statistics().liveBlocks == 0)
    }

    @Test("of a step that fails only the request to blame ends, with the reason")
    func failingStep() async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate)
        let prompts = [
            Self.prompt(1, count: 40), [FakeRunner.cursed, 2], Self.prompt(3, count: 70),
        ]
        let generations = try prompts.map {
            try engine.submit(GenerationRequest(promptTokens: $0, maximumNewTokens: 20))
        }
        gate.open()
        guard case .failed(let text) = await Self.collect(generations[1]).1 else {
            Issue.record("the request did not fail")
            return
        }
        #expect(text.contains("Failure"))
        for number in [0, 2] {
            let (tokens, reason) = await Self.collect(generations[number])
            #expect(tokens == FakeRunner.continuation(of: prompts[number], count: 20))
            #expect(reason == .length)
        }
        #expect(engine.statistics().liveBlocks == 0)
    }

    @Test("a request whose logits are all NaN fails, and its neighbour in the batch does not")
    func uselessLogits() async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate)
        let good = GenerationRequest(promptTokens: [1, 2, 3], maximumNewTokens: 20)
        let bad = GenerationRequest(
            promptTokens: [FakeRunner.poison, 2],
            maximumNewTokens: 20
        )
        let (first, second) = (try engine.submit(good), try engine.submit(bad))
        gate.open()
        guard case .failed(let text) = await Self.collect(second).1 else {
            Issue.record("the request did not fail")
            return
        }
        #expect(text.contains("NaN"))
        #expect(
            await Self.collect(first).0 == FakeRunner.continuation(of: [1, 2, 3], count: 20)
        )
    }

    @Test("requests that can never be served are refused with the numbers")
    func refusals() throws {
        let engine = Self.engine()
        let long = GenerationRequest(
            promptTokens: Self.prompt(0, count: 500),
            maximumNewTokens: 13
        )
        #expect(
            throws: SubmissionError.tooLong(
                promptTokens: 500,
                maximumNewTokens: 13,
                limit: 512
            )
        ) { try engine.submit(long) }
        #expect(throws: SubmissionError.invalid("prompt token 97 is not in 0..<97")) {
            try engine.submit(GenerationRequest(promptTokens: [97], maximumNewTokens: 1))
        }
        #expect(throws: SubmissionError.self) {
            try engine.submit(GenerationRequest(promptTokens: [], maximumNewTokens: 1))
        }
        #expect(throws: SubmissionError.self) {
            try engine.submit(GenerationRequest(promptTokens: [1], maximumNewTokens: -1))
        }
        #expect(throws: SubmissionError.self) {
            try engine.submit(GenerationRequest(promptTokens: [1], maximumNewTokens: .max))
        }
    }

    @Test(
        "takes as many requests as have places or may wait, at once, and again later",
        arguments: [0, 3]
    )
    func fullQueue(maximumQueued: Int) async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate, maximumQueued: maximumQueued)
        let request = GenerationRequest(promptTokens: [1, 2, 3], maximumNewTokens: 2)
        let taken = try (0..<16 + maximumQueued).map { _ in try engine.submit(request) }
        let refusal = #expect(throws: SubmissionError.self) { try engine.submit(request) }
        guard case .queueFull(let waiting, let retry) = refusal else {
            Issue.record("the refusal is \(String(describing: refusal))")
            return
        }
        // Those of the first step may have been admitted.
        #expect((maximumQueued...taken.count).contains(waiting))
        #expect(retry >= 1)
        gate.open()
        for generation in taken {
            #expect(await Self.collect(generation).1 == .length)
        }
        #expect(await Self.collect(try engine.submit(request)).1 == .length)
    }

    @Test("draining refuses new requests and lets the running ones end")
    func drain() async throws {
        let engine = Self.engine()
        let request = GenerationRequest(promptTokens: [1, 2, 3], maximumNewTokens: 100)
        let running = try engine.submit(request)
        await engine.drain(deadline: .now + .seconds(30))
        #expect(throws: SubmissionError.shuttingDown) { try engine.submit(request) }
        #expect(await Self.collect(running).1 == .length)
    }

    @Test("draining waits for a request whose first step is running")
    func drainFirstStep() async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate)
        let running = try engine.submit(
            GenerationRequest(promptTokens: [1, 2, 3], maximumNewTokens: 10)
        )
        while gate.entered == 0 {
            await Task.yield()
        }
        async let drained: Void = engine.drain(deadline: .now + .seconds(30))
        try await Task.sleep(for: .milliseconds(50))
        gate.open()
        await drained
        #expect(await Self.collect(running).1 == .length)
    }

    @Test("a stuck step shows as time without progress")
    func stuck() async throws {
        let gate = Gate()
        gate.close()
        let engine = Self.engine(gate: gate)
        let generation = try engine.submit(
            GenerationRequest(promptTokens: [1], maximumNewTokens: 1)
        )
        try await Task.sleep(for: .milliseconds(50))
        #expect(engine.statistics().timeWithoutProgress >= .milliseconds(50))
        gate.open()
        _ = await Self.collect(generation)
        #expect(engine.statistics().timeWithoutProgress == .zero)
    }
}
