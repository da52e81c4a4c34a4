import PagedBatching

/// Work of the scheduler without a model: what it costs to decide, whatever is computed.
protocol SchedulerWorkload {
    /// What the work is done on.
    associatedtype State

    /// What the table calls it.
    var name: String { get }
    /// How often a round does the work.
    var repetitions: Int { get }

    /// Makes the state in which a round begins.
    func begin() throws -> State
    /// Does the work once.
    func run(_ state: inout State) throws
}

/// A scheduler with the arrays of its steps.
struct SteppedScheduler {
    var scheduler: Scheduler
    private var inputs: StepInputs
    private var outcomes: [RowOutcome] = []
    private var nextIdentifier: UInt64 = 0

    init(_ configuration: SchedulerConfiguration) {
        scheduler = Scheduler(configuration: configuration)
        inputs = StepInputs(configuration: configuration)
        outcomes.reserveCapacity(configuration.maximumRunningSequences)
    }

    /// Puts a prompt in the queue.
    mutating func submit(_ tokens: [Int32], newTokens: Int) throws {
        nextIdentifier += 1
        try scheduler.submit(
            SequenceRequest(
                identifier: SequenceIdentifier(rawValue: nextIdentifier),
                tokens: tokens,
                maximumNewTokens: newTokens
            )
        )
    }

    /// One step, of which every row gets the same token; the tokens that it computed.
    mutating func step() -> Int {
        guard let plan = scheduler.plan() else { return 0 }
        scheduler.fill(&inputs)
        outcomes.removeAll(keepingCapacity: true)
        for row in plan.rows where row.needsOutcome {
            outcomes.append(RowOutcome(token: 7))
        }
        scheduler.commit(outcomes)
        return plan.tokenCount
    }

    /// Tokens like nobody else's.
    static func randomPrompt(_ length: Int) -> [Int32] {
        (0..<length).map { _ in Int32.random(in: 0..<50_000) }
    }
}
