internal import PagedCache

extension Scheduler {
    /// What became of a sequence that was to be aborted.
    package enum Abortion: Equatable, Sendable {
        /// It is gone.
        case done
        /// It goes when the running step is committed or cancelled; its outcome is not taken.
        case deferred
        /// There is no such sequence (any more).
        case unknown
    }

    /// Ends the running step: its tokens are in the cache, and each row that needed one has an
    /// outcome, in the order of the plan's rows.
    ///
    /// A sequence ends when its outcome says so or with its `maximumNewTokens`th token; one that wants
    /// none ends with its first outcome, whose token means nothing. Its full blocks stay in the prefix
    /// cache until their room is needed.
    ///
    /// - Precondition: a step is running and has `outcomes.count` rows that need one.
    /// - Complexity: O(rows), plus O(block size) for each block filled.
    package mutating func commit(_ outcomes: [RowOutcome]) {
        precondition(isStepRunning, "no step is running")
        precondition(
            outcomes.count == step.outcomeCount,
            "\(outcomes.count) outcomes for \(step.outcomeCount) rows"
        )
        var next = 0
        var hasEnded = false
        for row in step.rows {
            sequences[row.place].computedCount += row.tokenCount
            sequences[row.place].reservedCount = 0
            sequences[row.place].scoredCount += row.scoredCount
            if configuration.prefixCaching && !sequences[row.place].hasFailed {
                indexFullBlocks(at: row.place)
            }
            guard row.needsOutcome else { continue }
            if take(outcomes[next], at: row.place) {
                sequences[row.place].hasEnded = true
                hasEnded = true
            } else if sequences[row.place].needsRecomputation {
                pool.shrink(&sequences[row.place].table, to: 0)
                sequences[row.place].startAnew()
            }
            next += 1
        }
        endStep(hasEnded: hasEnded)
    }

    /// Gives up the running step: its tokens are not in the cache, and its blocks go back.
    ///
    /// Admissions and preemptions stand; the next plan tries the same tokens again unless the
    /// sequences are aborted.
    package mutating func cancel() {
        precondition(isStepRunning, "no step is running")
        for row in step.rows {
            let kept = pool.blocksNeeded(forTokens: row.firstPosition)
            pool.shrink(&sequences[row.place].table, to: kept)
            sequences[row.place].reservedCount = 0
        }
        endStep(hasEnded: false)
    }

    /// Ends a sequence early; its full blocks stay in the prefix cache.
    package mutating func abort(_ identifier: SequenceIdentifier) -> Abortion {
        guard let place = places[identifier] else { return .unknown }
        if let position = waiting.firstIndex(of: place) {
            waiting.remove(at: position)
            insufficientRoom = position == 0 ? nil : insufficientRoom
            remove(at: place)
            return .done
        }
        guard !isStepRunning else {
            guard !sequences[place].isAborted else { return .unknown }
            sequences[place].isAborted = true
            abortionsWait = true
            return .deferred
        }
        running.removeAll { $0 == place }
        remove(at: place)
        return .done
    }

    /// Ends a sequence with the running step, which failed for it: nothing that the step computed of it
    /// enters the prefix cache.
    ///
    /// - Precondition: a step is running.
    package mutating func fail(_ identifier: SequenceIdentifier) {
        precondition(isStepRunning, "no step is running")
        guard let place = places[identifier] else { return }
        sequences[place].hasFailed = true
        _ = abort(identifier)
    }

    /// Appends a sampled token; true when the sequence ends with it.
    private mutating func take(_ outcome: RowOutcome, at place: Int) -> Bool {
        sequences[place].tokens.append(outcome.token)
        return outcome.isLast
            || sequences[place].generatedCount >= sequences[place].maximumNewTokens
    }

    private mutating func endStep(hasEnded: Bool) {
        isStepRunning = false
        guard hasEnded || abortionsWait else { return }
        abortionsWait = false
        var kept = 0
        for place in running {
            if sequences[place].hasEnded || sequences[place].isAborted {
                remove(at: place)
            } else {
                running[kept] = place
                kept += 1
            }
        }
        running.removeLast(running.count - kept)
    }

    /// Enters the blocks that have become full in the prefix index. Where the index already has a
    /// block with this content, the table takes that one instead of its own.
    private mutating func indexFullBlocks(at place: Int) {
        let blockSize = pool.blockSize
        let full = min(
            sequences[place].computedCount / blockSize,
            sequences[place].collisionPlace
        )
        while sequences[place].indexedCount < full {
            let number = sequences[place].indexedCount
            let block = sequences[place].table[number]
            let digest = sequences[place].digest(
                at: number,
                blockSize: blockSize,
                hasher: &hasher
            )
            let parent = number == 0 ? BlockPool.none : sequences[place].table[number - 1]
            let content = sequences[place].tokens[number * blockSize..<(number + 1) * blockSize]
            switch pool.insert(block, digest: digest, tokens: content, after: parent) {
            case .inserted:
                break
            case .duplicate(let existing):
                pool.retain(existing)
                pool.release(block)
                sequences[place].table[number] = existing
            case .collision:
                sequences[place].collisionPlace = number
                return
            }
            sequences[place].indexedCount += 1
        }
    }
}
