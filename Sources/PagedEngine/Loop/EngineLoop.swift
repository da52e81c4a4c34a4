import PagedBatching
import PagedSampling

/// The engine's thread: takes messages, plans a step, runs it, samples, commits, and again.
///
/// The only shell around the scheduler, the samplers and the model. Messages are taken between two
/// steps, so nothing is freed while a step runs.
struct EngineLoop {
    private let runner: any StepRunner
    private let mailbox: Mailbox<EngineMessage>
    private let state: EngineState
    private var scheduler: Scheduler
    private var inputs: StepInputs
    private var active: [SequenceIdentifier: ActiveRequest] = [:]
    private var scratch = SamplingScratch()
    private var outcomes: [RowOutcome] = []
    private var ended: [(SequenceIdentifier, FinishReason)] = []
    private var statistics: EngineStatistics
    private var isStopped = false

    init(
        configuration: SchedulerConfiguration,
        runner: any StepRunner,
        mailbox: Mailbox<EngineMessage>,
        state: EngineState
    ) {
        self.runner = runner
        self.mailbox = mailbox
        self.state = state
        scheduler = Scheduler(configuration: configuration)
        inputs = StepInputs(configuration: configuration)
        statistics = EngineStatistics(configuration)
    }

    /// Runs until a `stop` message has come and the last request has ended.
    mutating func run() {
        var messages: [EngineMessage] = []
        while !isStopped || scheduler.hasWork {
            mailbox.take(into: &messages, waiting: !scheduler.hasWork)
            for message in messages {
                handle(message)
            }
            messages.removeAll(keepingCapacity: true)
            if let plan = scheduler.plan() {
                step(plan)
            } else {
                publish(madeProgress: false)
            }
        }
        statistics.isRunning = false
        publish(madeProgress: false)
    }

    private mutating func handle(_ message: EngineMessage) {
        switch message {
        case .submit(let identifier, let request, let events):
            submit(identifier, request, events)
        case .abort(let identifier):
            if scheduler.abort(identifier) == .done {
                end(identifier, .aborted)
            }
        case .abortAll:
            endAll()
        case .stop:
            isStopped = true
        }
    }

    private mutating func submit(
        _ identifier: SequenceIdentifier,
        _ request: GenerationRequest,
        _ events: AsyncStream<GenerationEvent>.Continuation
    ) {
        active[identifier] = ActiveRequest(
            request,
            vocabularySize: runner.vocabularySize,
            events: events
        )
        do {
            try scheduler.submit(
                SequenceRequest(
                    identifier: identifier,
                    tokens: request.promptTokens,
                    maximumNewTokens: request.maximumNewTokens,
                    scoresPrompt: request.promptLogprobs != nil,
                    cacheSalt: request.cacheSalt
                )
            )
        } catch {
            // `Engine.submit` has checked the same limits; this is the last line of defence.
            end(identifier, .failed("the request was refused: \(error)"))
        }
    }

    private mutating func step(_ plan: StepPlan) {
        publish(madeProgress: false)
        admit(plan.admissions)
        outcomes.removeAll(keepingCapacity: true)
        scheduler.fill(&inputs)
        do {
            try runner.run(inputs)
            var logitsRow = 0
            for row in plan.rows {
                read(row, logitsRow: logitsRow)
                logitsRow += row.logitsCount
            }
        } catch {
            runSeparately(plan)
        }
        scheduler.commit(outcomes)
        statistics.steps += 1
        publish(madeProgress: true)
        for (identifier, reason) in ended {
            end(identifier, reason)
        }
        ended.removeAll(keepingCapacity: true)
    }

    /// Runs each row of a failed step alone, so that only the request to blame fails. The others get
    /// what they would have got: nothing depends on the company in a step.
    private mutating func runSeparately(_ plan: StepPlan) {
        for (number, row) in plan.rows.enumerated() {
            scheduler.fill(&inputs, row: number)
            do {
                try runner.run(inputs)
                read(row, logitsRow: 0)
            } catch {
                fail(row, .failed("the step failed: \(error)"))
            }
        }
    }

    /// Ends a row's request with the step; nothing of the row counts.
    private mutating func fail(_ row: StepPlan.Row, _ reason: FinishReason) {
        scheduler.fail(row.sequence)
        if row.needsOutcome {
            outcomes.append(RowOutcome(token: 0))
        }
        ended.append((row.sequence, reason))
    }

    /// Takes from the logits what a row wants of them; they begin at the step's `logitsRow`th.
    private mutating func read(_ row: StepPlan.Row, logitsRow: Int) {
        let start = row.firstPosition + row.tokenCount - row.logitsCount
        for number in 0..<row.scoredCount {
            let reason = runner.withLogits(row: logitsRow + number) { logits in
                active[row.sequence]?.score(
                    position: start + number + 1,
                    logits,
                    using: &scratch
                )
            }
            if let reason { return fail(row, reason) }
        }
        if row.needsOutcome {
            sample(row, logitsRow: logitsRow + row.scoredCount)
        }
    }

    private mutating func admit(_ admissions: [StepPlan.Admission]) {
        for admission in admissions {
            leaveQueue(admission.sequence)
            guard let request = active[admission.sequence] else { continue }
            statistics.promptTokens += request.promptCount
            request.admitted(cachedPromptTokens: admission.cachedTokens)
        }
    }

    private mutating func sample(_ row: StepPlan.Row, logitsRow: Int) {
        let (token, reason) = runner.withLogits(row: logitsRow) { logits in
            active[row.sequence]?.advance(logits, using: &scratch) ?? (nil, .aborted)
        }
        outcomes.append(RowOutcome(token: token ?? 0, isLast: reason != nil))
        statistics.generatedTokens += token == nil ? 0 : 1
        if let reason {
            ended.append((row.sequence, reason))
        }
    }

    private mutating func leaveQueue(_ identifier: SequenceIdentifier) {
        if active[identifier]?.isQueued == true {
            active[identifier]?.isQueued = false
            state.dequeue()
        }
    }

    private mutating func end(_ identifier: SequenceIdentifier, _ reason: FinishReason) {
        leaveQueue(identifier)
        guard let request = active.removeValue(forKey: identifier) else { return }
        // Before its client hears of it, who may have the next request ready.
        state.requestFinished(now: .now)
        request.finish(reason)
    }

    private mutating func endAll() {
        for identifier in Array(active.keys) {
            _ = scheduler.abort(identifier)
            end(identifier, .aborted)
        }
    }

    private mutating func publish(madeProgress: Bool) {
        let counts = scheduler.snapshot
        statistics.runningRequests = counts.runningSequences
        statistics.waitingRequests = counts.waitingSequences
        statistics.liveBlocks = counts.liveBlocks
        statistics.cachedBlocks = counts.cachedBlocks
        statistics.freeBlocks = counts.freeBlocks
        statistics.prefixQueryTokens = counts.prefixQueryTokens
        statistics.prefixHitTokens = counts.prefixHitTokens
        statistics.preemptions = counts.preemptions
        state.publish(
            statistics,
            hasWork: scheduler.hasWork,
            madeProgress: madeProgress,
            now: .now
        )
    }
}
