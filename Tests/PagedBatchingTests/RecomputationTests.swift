import PagedBatching
import Testing

@Suite("A sequence whose keys change at a length")
struct RecomputationTests {
    static let length = 40

    @Test(
        "is computed anew when it grows beyond, beside others and from shared blocks",
        arguments: [16, 64],
        [7, 24, 200]
    )
    func crossing(blocks: Int, tokens: Int) throws {
        var configuration = SchedulerConfiguration(
            blockCount: blocks,
            blockSize: 16,
            maximumTokensPerStep: tokens,
            maximumRunningSequences: 6,
            maximumSequenceLength: 128,
            maximumQueuedSequences: 32
        )
        configuration.recomputationLength = Self.length
        var run = Run(configuration)
        // Below, ending at, beginning at and beyond the length; twice, to find each other's blocks.
        let requests = [(10, 12), (10, 30), (10, 31), (38, 30), (40, 20), (41, 20), (90, 10)]
        for (number, (count, new)) in (requests + requests).enumerated() {
            try run.submit(UInt64(number), count, new)
        }
        run.drain()
        for (number, (count, new)) in (requests + requests).enumerated() {
            let expected = FakeModel.generate(
                Run.prompt(count),
                count: new,
                longLength: Self.length
            )
            #expect(run.outputs[UInt64(number)] == expected, "\(count) + \(new) tokens")
        }
        #expect(run.scheduler.snapshot.prefixHitTokens > 0)
    }
}

/// A scheduler and a fake model, run until nothing is left.
private struct Run {
    var scheduler: Scheduler
    private(set) var outputs: [UInt64: [Int32]] = [:]
    private var model: FakeModel
    private var inputs: StepInputs

    init(_ configuration: SchedulerConfiguration) {
        scheduler = Scheduler(configuration: configuration)
        inputs = StepInputs(configuration: configuration)
        model = FakeModel(
            blockCount: configuration.blockCount,
            blockSize: configuration.blockSize,
            longLength: RecomputationTests.length
        )
    }

    /// Prompts that begin alike.
    static func prompt(_ count: Int) -> [Int32] { (0..<Int32(count)).map { $0 &* 31 % 89 } }

    mutating func submit(_ number: UInt64, _ count: Int, _ new: Int) throws {
        let request = SequenceRequest(
            identifier: SequenceIdentifier(rawValue: number),
            tokens: Self.prompt(count),
            maximumNewTokens: new
        )
        try scheduler.submit(request)
    }

    mutating func drain() {
        while let plan = scheduler.plan() {
            scheduler.fill(&inputs)
            let tokens = model.run(inputs)
            var outcomes: [RowOutcome] = []
            for row in plan.rows where row.needsOutcome {
                let token = tokens[outcomes.count]
                outputs[row.sequence.rawValue, default: []].append(token)
                outcomes.append(RowOutcome(token: token, isLast: FakeModel.isStop(token)))
            }
            scheduler.commit(outcomes)
            let violations = scheduler.checkInvariants()
            #expect(violations.isEmpty, "\(violations)")
        }
    }
}
