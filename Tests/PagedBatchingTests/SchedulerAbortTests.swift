import PagedBatching
import Testing

@Suite("Aborting and failing")
struct SchedulerAbortTests {
    private let configuration = SchedulerConfiguration(
        blockCount: 16,
        blockSize: 4,
        maximumTokensPerStep: 32,
        maximumRunningSequences: 4,
        maximumSequenceLength: 64,
        maximumQueuedSequences: 8
    )
    private let prompt: [Int32] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    private let one = SequenceIdentifier(rawValue: 1)

    @Test("frees a running sequence's blocks only when its step has ended", arguments: [0, 1])
    func deferred(fails: Int) throws {
        let harness = Harness(configuration)
        try harness.submit(1, prompt, new: 5)
        #expect(harness.begin())
        #expect(harness.abort(one) == .deferred)
        #expect(harness.abort(one) == .unknown)
        #expect(harness.scheduler.snapshot.liveBlocks == 3)
        fails == 1 ? harness.fail() : harness.end()
        #expect(harness.scheduler.snapshot.liveBlocks == 0)
        #expect(!harness.scheduler.hasWork)
    }

    @Test("takes a sequence out of the queue at once, even during a step")
    func waiting() throws {
        let harness = Harness(configuration)
        try harness.submit(1, prompt, new: 5)
        #expect(harness.begin())
        try harness.submit(2, prompt, new: 5)
        #expect(harness.abort(.init(rawValue: 2)) == .done)
        harness.end()
        #expect(harness.abort(one) == .done)
        #expect(harness.abort(one) == .unknown)
        #expect(!harness.scheduler.hasWork && harness.scheduler.snapshot.liveBlocks == 0)
    }

    @Test("keeps what an aborted sequence computed in the prefix cache")
    func keepsPrefix() throws {
        let harness = Harness(configuration)
        try harness.submit(1, prompt, new: 5)
        #expect(harness.begin())
        _ = harness.abort(one)
        harness.end()
        #expect(harness.scheduler.snapshot.cachedBlocks == 2)
    }

    @Test("computes the same tokens again after a failed step, and indexes nothing of it")
    func failedStep() throws {
        let harness = Harness(configuration)
        try harness.submit(1, prompt, new: 5)
        #expect(harness.begin())
        let first = harness.plan?.rows
        harness.fail()
        #expect(harness.scheduler.snapshot.liveBlocks == 0)
        #expect(harness.scheduler.snapshot.cachedBlocks == 0)
        #expect(harness.begin())
        #expect(harness.plan?.rows == first)
        #expect(harness.plan?.admissions.isEmpty == true)
        harness.end()
        harness.drain()
        #expect(harness.outputs[one] == FakeModel.generate(prompt, count: 5))
    }
}
