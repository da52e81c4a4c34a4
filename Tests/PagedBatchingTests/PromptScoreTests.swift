import PagedBatching
import Testing

@Suite("A prompt that is scored")
struct PromptScoreTests {
    private func configuration(
        blocks: Int = 64,
        tokens: Int = 40,
        scored: Int = 8,
        running: Int = 8
    ) -> SchedulerConfiguration {
        SchedulerConfiguration(
            blockCount: blocks,
            blockSize: 16,
            maximumTokensPerStep: tokens,
            maximumScoredTokensPerStep: scored,
            maximumRunningSequences: running,
            maximumSequenceLength: 512,
            maximumQueuedSequences: 32
        )
    }

    private func prompt(_ count: Int, seed: Int32 = 0) -> [Int32] {
        (0..<Int32(count)).map { ($0 &* 31 &+ seed &* 17) % 89 }
    }

    private func name(_ number: UInt64) -> SequenceIdentifier { .init(rawValue: number) }

    @Test(
        "has chunks of as many tokens as there are rows, and the last token with the last of them"
    )
    func chunks() throws {
        let harness = Harness(configuration())
        try harness.submit(1, prompt(21), new: 2, scored: true)
        var rows: [[Int]] = []
        while harness.begin(), let row = harness.plan?.rows.first {
            rows.append([row.firstPosition, row.tokenCount, row.scoredCount, row.logitsCount])
            harness.end()
        }
        #expect(rows == [[0, 8, 8, 8], [8, 8, 8, 8], [16, 5, 4, 5], [21, 1, 0, 1]])
        #expect(harness.scores[name(1)] == FakeModel.scores(prompt(21)))
    }

    @Test("takes nothing from the prefix cache, and gives its blocks to others")
    func prefixCache() throws {
        let harness = Harness(configuration(scored: 64))
        try harness.submit(1, prompt(50), new: 1)
        harness.drain()
        try harness.submit(2, prompt(60), new: 1, scored: true)
        harness.drain()
        #expect(harness.cachedTokens[name(2)] == 0)
        #expect(harness.scores[name(2)] == FakeModel.scores(prompt(60)))
        #expect(harness.scheduler.snapshot.prefixQueryTokens == 50)
        try harness.submit(3, prompt(60), new: 1)
        harness.drain()
        #expect(harness.cachedTokens[name(3)] == 48)
    }

    @Test("with no new tokens ends when it is computed, and may fill the whole cache")
    func noNewTokens() throws {
        let harness = Harness(configuration(blocks: 4))
        try harness.submit(1, prompt(64), new: 0, scored: true)
        #expect(throws: AdmissionRefusal.neverFits(neededBlocks: 5, blockCount: 4)) {
            try harness.submit(2, prompt(65), new: 0, scored: true)
        }
        try harness.submit(3, prompt(1), new: 0, scored: true)
        harness.drain()
        #expect(harness.finished == [name(1), name(3)])
        #expect(harness.outputs[name(1)] == [])
        #expect(harness.scores[name(1)] == FakeModel.scores(prompt(64)))
        #expect(harness.scores[name(3)] == [])
        #expect(harness.scheduler.snapshot.liveBlocks == 0)
    }

    @Test("keeps neither decodes nor other prompts waiting, those behind it in the queue included")
    func company() throws {
        let harness = Harness(configuration(scored: 2))
        try harness.submit(1, prompt(4), new: 30)
        try harness.submit(2, prompt(60, seed: 1), new: 1, scored: true)
        try harness.submit(3, prompt(60, seed: 2), new: 1, scored: true)
        try harness.submit(4, prompt(20, seed: 3), new: 1)
        #expect(harness.begin())
        let rows = harness.plan?.rows.map { [Int($0.sequence.rawValue), $0.tokenCount] }
        #expect(rows == [[1, 4], [2, 2], [4, 20]])
        harness.end()
        harness.drain()
        for number: UInt64 in [2, 3] {
            #expect(
                harness.scores[name(number)]
                    == FakeModel.scores(prompt(60, seed: Int32(number) - 1))
            )
        }
    }

    @Test("is not scored again after a preemption, and then takes what it can from the cache")
    func preemption() throws {
        let harness = Harness(configuration(blocks: 6, scored: 1))
        try harness.submit(1, prompt(15), new: 60)
        try harness.submit(2, prompt(60, seed: 1), new: 3, scored: true)
        var seen: Set<Int> = []
        var firstPositions: [Int] = []
        while harness.begin(), let plan = harness.plan {
            for row in plan.rows where row.sequence == name(2) {
                firstPositions.append(row.firstPosition)
                let start = row.firstPosition + row.tokenCount - row.logitsCount
                for position in start..<start + row.scoredCount {
                    #expect(seen.insert(position).inserted, "\(position) was scored twice")
                }
            }
            harness.end()
        }
        #expect(harness.preemptionCount == 1)
        #expect(zip(firstPositions, firstPositions.dropFirst()).contains { $0 == (33, 16) })
        #expect(seen == Set(0..<59))
        #expect(harness.scores[name(2)] == FakeModel.scores(prompt(60, seed: 1)))
        #expect(
            harness.outputs[name(2)] == FakeModel.generate(prompt(60, seed: 1), count: 3)
        )
    }

    @Test("is scored once when a step fails")
    func failedStep() throws {
        let harness = Harness(configuration())
        try harness.submit(1, prompt(30), new: 2, scored: true)
        for _ in 0..<4 {
            #expect(harness.begin())
            harness.fail()
            #expect(harness.begin())
            harness.end()
        }
        harness.drain()
        #expect(harness.scores[name(1)] == FakeModel.scores(prompt(30)))
    }
}
