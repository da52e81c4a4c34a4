import PagedBatching
import PagedCache
import Testing

/// A scheduler with a fake model, watched: invariants after every event, outputs by sequence.
final class Harness {
    var scheduler: Scheduler
    private(set) var outputs: [SequenceIdentifier: [Int32]] = [:]
    private(set) var cachedTokens: [SequenceIdentifier: Int] = [:]
    /// What the logits of prompts that are scored said, in order.
    private(set) var scores: [SequenceIdentifier: [Int32]] = [:]
    private(set) var finished: Set<SequenceIdentifier> = []
    private(set) var preemptionCount = 0
    /// The plan of the running step.
    private(set) var plan: StepPlan?
    private(set) var inputs: StepInputs
    private var model: FakeModel
    private var limits: [SequenceIdentifier: Int] = [:]
    /// Sequences whose next step is one token.
    private(set) var decoding: Set<SequenceIdentifier> = []
    /// Off for long runs.
    var checksInvariants = true

    init(_ configuration: SchedulerConfiguration, hasher: PrefixHasher = PrefixHasher()) {
        scheduler = Scheduler(configuration: configuration, hasher: hasher)
        inputs = StepInputs(configuration: configuration)
        model = FakeModel(
            blockCount: configuration.blockCount,
            blockSize: configuration.blockSize
        )
    }

    func submit(
        _ number: UInt64,
        _ tokens: [Int32],
        new: Int,
        scored: Bool = false,
        salt: [UInt8] = []
    ) throws {
        let identifier = SequenceIdentifier(rawValue: number)
        try scheduler.submit(
            SequenceRequest(
                identifier: identifier,
                tokens: tokens,
                maximumNewTokens: new,
                scoresPrompt: scored,
                cacheSalt: salt
            )
        )
        limits[identifier] = new
        outputs[identifier] = []
        scores[identifier] = []
        check()
    }

    /// Plans and fills a step; false when there is nothing to do.
    func begin() -> Bool {
        plan = scheduler.plan()
        check()
        #expect((plan != nil) == scheduler.hasWork, "work and no plan, or the reverse")
        guard let plan else { return false }
        scheduler.fill(&inputs)
        for admission in plan.admissions {
            #expect(cachedTokens[admission.sequence] == nil, "admitted twice")
            cachedTokens[admission.sequence] = admission.cachedTokens
        }
        preemptionCount += plan.preempted.count
        checkFairness(of: plan)
        return true
    }

    /// Runs the model on the step that was begun and commits.
    func end() {
        guard let plan else { return }
        let tokens = model.run(inputs)
        var outcomes: [RowOutcome] = []
        var rest = tokens[...]
        for row in plan.rows {
            scores[row.sequence, default: []] += rest.prefix(row.scoredCount)
            rest = rest.dropFirst(row.scoredCount)
            guard row.needsOutcome, let token = rest.popFirst() else { continue }
            let isLast = FakeModel.isStop(token)
            outcomes.append(RowOutcome(token: token, isLast: isLast))
            guard let limit = limits[row.sequence] else { continue }
            guard limit > 0 else {
                finished.insert(row.sequence)
                continue
            }
            decoding.insert(row.sequence)
            outputs[row.sequence, default: []].append(token)
            if isLast || outputs[row.sequence]?.count == limit {
                finished.insert(row.sequence)
                decoding.remove(row.sequence)
            }
        }
        #expect(rest.isEmpty, "\(rest.count) rows of logits that nobody wants")
        scheduler.commit(outcomes)
        self.plan = nil
        check()
    }

    /// The step fails after destroying what it should have written.
    func fail() {
        guard plan != nil else { return }
        model.fail(inputs)
        scheduler.cancel()
        plan = nil
        check()
    }

    func abort(_ identifier: SequenceIdentifier) -> Scheduler.Abortion {
        let result = scheduler.abort(identifier)
        limits[identifier] = nil
        decoding.remove(identifier)
        check()
        return result
    }

    /// Steps until nothing is left, at most `limit` times.
    func drain(limit: Int = 10_000) {
        for _ in 0..<limit {
            guard begin() else { return }
            end()
        }
        Issue.record("not done after \(limit) steps: \(scheduler.snapshot)")
    }

    private func check() {
        guard checksInvariants else { return }
        let violations = scheduler.checkInvariants()
        #expect(violations.isEmpty, "\(violations)")
        let counts = scheduler.snapshot
        #expect(
            counts.liveBlocks + counts.cachedBlocks + counts.freeBlocks
                == scheduler.configuration.blockCount
        )
    }

    /// Budgets hold, nobody is left out except for want of blocks.
    private func checkFairness(of plan: StepPlan) {
        decoding.subtract(plan.preempted)
        let configuration = scheduler.configuration
        let decodes = plan.rows.filter { decoding.contains($0.sequence) }
        let promptTokens = plan.tokenCount - decodes.count
        #expect(plan.tokenCount == inputs.tokens.count)
        #expect(plan.tokenCount <= configuration.maximumTokensPerStep)
        #expect(plan.rows.count <= configuration.maximumRunningSequences)
        #expect(decodes.allSatisfy { $0.tokenCount == 1 && $0.needsOutcome })
        let scored = plan.rows.reduce(0) { $0 + $1.scoredCount }
        #expect(scored <= configuration.maximumScoredTokensPerStep)
        #expect(inputs.logitsIndices.count == scored + plan.outcomeCount)
        let counts = scheduler.snapshot
        let hasBlocks = counts.cachedBlocks + counts.freeBlocks > 0 && plan.preempted.isEmpty
        if hasBlocks {
            #expect(decodes.count == decoding.count, "a decode was left out")
        }
        if hasBlocks, counts.runningSequences > decoding.count {
            #expect(promptTokens > 0, "prompts starve")
        }
    }
}
