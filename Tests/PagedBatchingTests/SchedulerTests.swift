import PagedBatching
import Testing

@Suite("The scheduler")
struct SchedulerTests {
    private func configuration(
        blocks: Int = 64,
        blockSize: Int = 16,
        tokens: Int = 64,
        running: Int = 8,
        length: Int = 512,
        queued: Int = 32,
        caching: Bool = true
    ) -> SchedulerConfiguration {
        SchedulerConfiguration(
            blockCount: blocks,
            blockSize: blockSize,
            maximumTokensPerStep: tokens,
            maximumRunningSequences: running,
            maximumSequenceLength: length,
            maximumQueuedSequences: queued,
            prefixCaching: caching
        )
    }

    private func prompt(_ count: Int, seed: Int32 = 0) -> [Int32] {
        (0..<Int32(count)).map { ($0 &* 31 &+ seed &* 17) % 89 }
    }

    private func expected(_ prompt: [Int32], _ count: Int) -> [Int32] {
        FakeModel.generate(prompt, count: count)
    }

    @Test("has nothing to plan when nothing was submitted")
    func idle() {
        var scheduler = Scheduler(configuration: configuration())
        #expect(scheduler.plan() == nil)
        #expect(!scheduler.hasWork && scheduler.snapshot.freeBlocks == 64)
    }

    @Test("generates what a sequence generates alone")
    func oneSequence() throws {
        let harness = Harness(configuration())
        try harness.submit(1, prompt(40), new: 50)
        harness.drain()
        #expect(harness.outputs[.init(rawValue: 1)] == expected(prompt(40), 50))
        #expect(harness.scheduler.snapshot.liveBlocks == 0)
    }

    @Test("asks for logits of the last prompt chunk and of decodes only")
    func chunks() throws {
        let harness = Harness(configuration(tokens: 20))
        try harness.submit(1, prompt(50), new: 2)
        var rows: [[Int]] = []
        while harness.begin(), let row = harness.plan?.rows.first {
            rows.append([row.firstPosition, row.tokenCount, row.needsOutcome ? 1 : 0])
            harness.end()
        }
        #expect(rows == [[0, 20, 0], [20, 20, 0], [40, 10, 1], [50, 1, 1]])
    }

    /// onnxruntime-genai's engine never finishes this one.
    @Test("finishes four requests of 40 + 60 tokens in 12 blocks of 16", arguments: [true, false])
    func twelveBlocks(caching: Bool) throws {
        let harness = Harness(configuration(blocks: 12, caching: caching))
        for number in 1...4 {
            try harness.submit(UInt64(number), longPrompt(number), new: 60)
        }
        harness.drain(limit: 400)
        for number in 1...4 {
            let output = harness.outputs[.init(rawValue: UInt64(number))]
            #expect(output?.count == 60)
            #expect(output == expected(longPrompt(number), 60))
        }
        #expect(harness.preemptionCount > 0, "the case is meant to preempt")
        #expect(harness.scheduler.snapshot.preemptions == harness.preemptionCount)
    }

    /// The `number`th prompt of 40 tokens whose output does not stop before 60.
    private func longPrompt(_ number: Int) -> [Int32] {
        let prompts = (0...).lazy.map { self.prompt(40, seed: $0) }
            .filter { expected($0, 60).count == 60 }
        return prompts.prefix(number).reduce([]) { $1 }
    }

    @Test("refuses what can never be served and says why")
    func refusals() throws {
        let harness = Harness(configuration(blocks: 4, running: 1, length: 100, queued: 1))
        #expect(throws: AdmissionRefusal.tooLong(needed: 101, limit: 100)) {
            try harness.submit(1, prompt(41), new: 60)
        }
        #expect(throws: AdmissionRefusal.tooLong(needed: .max, limit: 100)) {
            try harness.submit(1, prompt(41), new: .max)
        }
        #expect(throws: AdmissionRefusal.neverFits(neededBlocks: 5, blockCount: 4)) {
            try harness.submit(1, prompt(60), new: 6)
        }
        try harness.submit(1, prompt(60), new: 5)
        try harness.submit(2, prompt(1), new: 1)
        #expect(throws: AdmissionRefusal.queueFull(waiting: 2)) {
            try harness.submit(3, prompt(1), new: 1)
        }
        harness.drain()
        #expect(harness.finished.count == 2)
    }

    @Test("shares the full blocks of an equal beginning, but never the whole prompt")
    func sharesPrefixes() throws {
        let harness = Harness(configuration())
        try harness.submit(1, prompt(48), new: 1)
        harness.drain()
        try harness.submit(2, prompt(48), new: 1)
        try harness.submit(3, prompt(49), new: 1)
        try harness.submit(4, prompt(20) + prompt(20, seed: 5), new: 1)
        try harness.submit(5, prompt(48), new: 1, salt: [1])
        harness.drain()
        let hits = (1...5).map { harness.cachedTokens[.init(rawValue: $0)] }
        #expect(hits == [0, 32, 48, 16, 0])
        #expect(harness.scheduler.snapshot.prefixQueryTokens == 48 + 48 + 49 + 40 + 48)
        #expect(harness.scheduler.snapshot.prefixHitTokens == 96)
        #expect(harness.outputs[.init(rawValue: 3)] == expected(prompt(49), 1))
    }

    @Test("keeps one copy of what two sequences compute at the same time")
    func deduplicates() throws {
        let harness = Harness(configuration(tokens: 128))
        try harness.submit(1, prompt(33), new: 3)
        try harness.submit(2, prompt(33), new: 3)
        #expect(harness.begin())
        #expect(harness.scheduler.snapshot.liveBlocks == 6)
        harness.end()
        #expect(harness.scheduler.snapshot.liveBlocks == 4)
        harness.drain()
        #expect(harness.outputs[.init(rawValue: 1)] == harness.outputs[.init(rawValue: 2)])
    }

    @Test("without prefix caching shares and keeps nothing")
    func cachingOff() throws {
        let harness = Harness(configuration(caching: false))
        try harness.submit(1, prompt(48), new: 1)
        harness.drain()
        try harness.submit(2, prompt(48), new: 1)
        harness.drain()
        #expect(harness.cachedTokens[.init(rawValue: 2)] == 0)
        #expect(harness.scheduler.snapshot.cachedBlocks == 0)
        #expect(harness.scheduler.snapshot.prefixQueryTokens == 0)
    }

    @Test("lets no long prompt hold up a decode")
    func decodesGoOn() throws {
        let harness = Harness(configuration(tokens: 24, length: 1000))
        try harness.submit(1, longPrompt(1), new: 30)
        while harness.outputs[.init(rawValue: 1)]?.isEmpty ?? true, harness.begin() {
            harness.end()
        }
        try harness.submit(2, prompt(600, seed: 3), new: 2)
        for _ in 0..<20 {
            #expect(harness.begin())
            #expect(harness.plan?.rows.first?.tokenCount == 1)
            #expect(harness.plan?.tokenCount == 24)
            harness.end()
        }
        #expect(harness.outputs[.init(rawValue: 1)]?.count == 21)
    }
}
