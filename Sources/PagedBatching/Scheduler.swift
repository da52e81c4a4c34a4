package import PagedCache

/// Decides which tokens of which sequences each step computes, and where in the cache.
///
/// ```swift
/// var scheduler = Scheduler(configuration: configuration)
/// try scheduler.submit(request)
/// while let plan = scheduler.plan() {              // reserves blocks
///     scheduler.fill(&inputs)                      // the operator's arrays
///     scheduler.commit(try outcomes(of: plan))     // or cancel(), when the step failed
/// }
/// ```
///
/// A pure value: events in, plans out. Nothing here waits, locks, reads a clock or touches tensors.
///
/// **Order.** Sequences are served in order of arrival. Every running sequence whose prompt is computed
/// gets its one token in every step; what is left of the step's tokens goes to prompts. Running
/// sequences are always the oldest ones, and those in the queue the youngest.
///
/// **Blocks.** When an older sequence needs a block and none is left, the youngest running one is
/// preempted: its blocks go back to the pool (where the prefix cache keeps what it can) and it returns
/// to the head of the queue with the tokens it has. So the oldest always advances, and because a
/// sequence that cannot fit alone is refused, all finish.
package struct Scheduler: Sendable {
    /// The fixed numbers.
    package let configuration: SchedulerConfiguration

    var pool: BlockPool
    var hasher: PrefixHasher
    /// Sequences by place; places of those that ended are in `vacantPlaces`.
    var sequences: [ScheduledSequence] = []
    var vacantPlaces: [Int] = []
    var places: [SequenceIdentifier: Int] = [:]
    /// Places of the sequences in the queue and of those being generated, in order of arrival.
    var waiting: [Int] = []
    var running: [Int] = []
    /// The step being run, or the last one; kept for its storage.
    var step = StepPlan()
    /// Whether a plan has been made and neither committed nor cancelled.
    package internal(set) var isStepRunning = false
    /// Cached blocks found for the sequence being admitted.
    var foundBlocks: [BlockIndex] = []
    /// The room that was not enough for the head of the queue, until there is more.
    var insufficientRoom: Int?
    /// Whether a running sequence is to be removed when the step ends.
    var abortionsWait = false
    /// Sequences submitted so far.
    var arrivals = 0
    var prefixQueryTokens = 0
    var prefixHitTokens = 0
    var preemptions = 0

    /// A scheduler without sequences.
    ///
    /// - Precondition: see ``SchedulerConfiguration``.
    package init(
        configuration: SchedulerConfiguration,
        hasher: PrefixHasher = PrefixHasher()
    ) {
        configuration.check()
        self.configuration = configuration
        self.hasher = hasher
        pool = BlockPool(
            blockCount: configuration.blockCount,
            blockSize: configuration.blockSize
        )
        let most = configuration.maximumRunningSequences
        running.reserveCapacity(most)
        step.rows.reserveCapacity(most)
        places.reserveCapacity(most)
    }

    /// Whether any sequence is waiting or running.
    package var hasWork: Bool { !places.isEmpty }

    /// The counts as of now. O(1).
    package var snapshot: SchedulerSnapshot {
        SchedulerSnapshot(
            waitingSequences: waiting.count,
            runningSequences: running.count,
            liveBlocks: pool.liveCount,
            cachedBlocks: pool.cachedCount,
            freeBlocks: pool.freeCount,
            prefixQueryTokens: prefixQueryTokens,
            prefixHitTokens: prefixHitTokens,
            preemptions: preemptions
        )
    }

    /// Puts a sequence at the end of the queue. Allowed while a step runs.
    ///
    /// - Throws: ``AdmissionRefusal`` when it cannot wait or could never be finished.
    /// - Precondition: the identifier is new, the prompt is not empty and `maximumNewTokens` not negative.
    package mutating func submit(_ request: SequenceRequest) throws(AdmissionRefusal) {
        precondition(places[request.identifier] == nil, "\(request.identifier) exists already")
        precondition(!request.tokens.isEmpty, "\(request.identifier) has an empty prompt")
        precondition(request.maximumNewTokens >= 0, "\(request.maximumNewTokens) new tokens")
        try check(request)
        let sequence = ScheduledSequence(
            request,
            arrival: arrivals,
            blockSize: configuration.blockSize,
            recomputationLength: configuration.recomputationLength
        )
        arrivals += 1
        let place: Int
        if let vacant = vacantPlaces.popLast() {
            sequences[vacant] = sequence
            place = vacant
        } else {
            sequences.append(sequence)
            place = sequences.count - 1
        }
        places[request.identifier] = place
        waiting.append(place)
    }

    private func check(_ request: SequenceRequest) throws(AdmissionRefusal) {
        let limit = configuration.maximumSequenceLength
        let (needed, overflow) = request.tokens.count.addingReportingOverflow(
            request.maximumNewTokens
        )
        guard !overflow, needed <= limit else {
            throw .tooLong(needed: overflow ? .max : needed, limit: limit)
        }
        // The last new token's keys and values are never computed.
        let blocks = pool.blocksNeeded(forTokens: max(needed - 1, request.tokens.count))
        guard blocks <= pool.blockCount else {
            throw .neverFits(neededBlocks: blocks, blockCount: pool.blockCount)
        }
        let queued = waiting.count { !sequences[$0].wasAdmitted }
        guard queued + running.count < configuration.maximumOpenSequences else {
            throw .queueFull(waiting: queued)
        }
    }

    /// Forgets a sequence and gives back its blocks.
    mutating func remove(at place: Int) {
        pool.shrink(&sequences[place].table, to: 0)
        places.removeValue(forKey: sequences[place].identifier)
        sequences[place] = ScheduledSequence.vacant
        vacantPlaces.append(place)
    }
}
