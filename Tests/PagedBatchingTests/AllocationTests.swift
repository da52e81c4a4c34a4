import CPagedAllocations
import PagedBatching
import Testing

@Suite("Allocations of a scheduler")
struct AllocationTests {
    private static let sequences = 8
    private let configuration = SchedulerConfiguration(
        blockCount: 64,
        blockSize: 4,
        maximumTokensPerStep: 128,
        maximumRunningSequences: sequences,
        maximumSequenceLength: 32,
        maximumQueuedSequences: sequences
    )

    @Test("are none while sequences decode, new blocks and prefix entries included")
    func decode() throws {
        var stepper = Stepper(configuration)
        for number in 0..<Self.sequences {
            try stepper.submit(UInt64(number), [Int32(number), 2, 3, 4, 5], new: 20)
        }
        stepper.step()
        let made = try #require(
            countAllocations {
                for _ in 0..<16 { stepper.step() }
            }
        )
        #expect(made == 0)
        #expect(stepper.scheduler.snapshot.runningSequences == Self.sequences)
    }

    @Test("are counted: the first element of an array is one")
    func counted() throws {
        var kept: [Int] = []
        let made = try #require(countAllocations { kept.append(Self.number()) })
        #expect(made == 1)
        #expect(kept == [7])
    }

    /// Keeps the optimiser from seeing through the array.
    @inline(never) private static func number() -> Int { 7 }

    /// How often this thread takes memory; nil where that cannot be counted.
    private func countAllocations(_ body: () -> Void) -> UInt64? {
        guard paged_allocations_begin() else { return nil }
        let before = paged_allocations_of_thread()
        body()
        return paged_allocations_of_thread() - before
    }
}

/// A scheduler whose every token is the same, without the checks of `Harness`, which allocate.
private struct Stepper {
    var scheduler: Scheduler
    private var inputs: StepInputs
    private var outcomes: [RowOutcome] = []

    init(_ configuration: SchedulerConfiguration) {
        scheduler = Scheduler(configuration: configuration)
        inputs = StepInputs(configuration: configuration)
        outcomes.reserveCapacity(configuration.maximumRunningSequences)
    }

    mutating func submit(_ number: UInt64, _ tokens: [Int32], new: Int) throws {
        try scheduler.submit(
            SequenceRequest(
                identifier: SequenceIdentifier(rawValue: number),
                tokens: tokens,
                maximumNewTokens: new
            )
        )
    }

    mutating func step() {
        guard let plan = scheduler.plan() else { return }
        scheduler.fill(&inputs)
        outcomes.removeAll(keepingCapacity: true)
        for row in plan.rows where row.needsOutcome {
            outcomes.append(RowOutcome(token: 7))
        }
        scheduler.commit(outcomes)
    }
}
