internal import PagedCache

/// What is left of a step for prompts.
struct PromptBudget {
    /// Tokens to compute.
    var tokens: Int
    /// Those of them that may be scored.
    var scoredTokens: Int
}

extension Scheduler {
    /// Plans a step and reserves its blocks; nil when no sequence is waiting or running.
    ///
    /// - Precondition: the step before has been committed or cancelled.
    /// - Complexity: O(rows), plus O(tokens / block size) for each sequence that leaves the queue.
    package mutating func plan() -> StepPlan? {
        precondition(!isStepRunning, "the step before is still running")
        step.removeAll()
        let decodes = running.count { sequences[$0].remainingCount == 1 }
        var budget = PromptBudget(
            tokens: min(
                configuration.maximumTokensPerStep - decodes,
                configuration.maximumPromptTokensPerStep
            ),
            scoredTokens: configuration.maximumScoredTokensPerStep
        )
        planRunning(&budget)
        if step.preempted.isEmpty {
            admit(&budget)
        }
        guard !step.rows.isEmpty else { return nil }
        isStepRunning = true
        return step
    }

    /// One row for each running sequence, the oldest first, as far as tokens and blocks go.
    private mutating func planRunning(_ budget: inout PromptBudget) {
        var position = 0
        while position < running.count {
            if sequences[running[position]].remainingCount == 1 {
                _ = reserve(1, at: running[position], position: position)
            } else {
                reserveChunk(position: position, &budget)
            }
            position += 1
        }
    }

    /// Reserves as much of a running sequence's prompt as the budget has.
    mutating func reserveChunk(position: Int, _ budget: inout PromptBudget) {
        let place = running[position]
        let remaining = sequences[place].remainingCount(scoringAtMost: budget.scoredTokens)
        let count = reserve(min(remaining, budget.tokens), at: place, position: position)
        budget.tokens -= count
        budget.scoredTokens -= sequences[place].scoredCount(ofNext: count)
    }

    /// Reserves up to `wanted` tokens of a running sequence and appends its row. Preempts younger
    /// sequences when there would be no room for even one token; the youngest itself just waits.
    ///
    /// - Returns: how many tokens were reserved.
    mutating func reserve(_ wanted: Int, at place: Int, position: Int) -> Int {
        guard wanted > 0 else { return 0 }
        while room(at: place) < 1 {
            guard position < running.count - 1 else { return 0 }
            preempt(running.removeLast())
        }
        let count = min(wanted, room(at: place))
        let first = sequences[place].computedCount
        let blocks = pool.blocksNeeded(forTokens: first + count)
        while sequences[place].table.count < blocks, let block = pool.allocate() {
            sequences[place].table.append(block)
        }
        sequences[place].reservedCount = count
        step.append(
            StepPlan.Row(
                sequence: sequences[place].identifier,
                firstPosition: first,
                tokenCount: count,
                scoredCount: sequences[place].scoredCount(ofNext: count),
                needsOutcome: count == sequences[place].remainingCount,
                place: place
            )
        )
        return count
    }

    /// How many more tokens the sequence could hold now.
    private func room(at place: Int) -> Int {
        let blocks = sequences[place].table.count + pool.availableCount
        return blocks * pool.blockSize - sequences[place].computedCount
    }

    /// Sends a sequence without a row in this step back to the head of the queue.
    private mutating func preempt(_ place: Int) {
        pool.shrink(&sequences[place].table, to: 0)
        sequences[place].computedCount = 0
        sequences[place].indexedCount = 0
        waiting.insert(place, at: 0)
        insufficientRoom = nil
        step.preempted.append(sequences[place].identifier)
        preemptions += 1
    }
}
