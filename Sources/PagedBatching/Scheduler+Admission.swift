internal import PagedCache

extension Scheduler {
    /// Takes sequences from the head of the queue while there are tokens, rows and blocks for them.
    ///
    /// One is taken only when its whole prompt fits beside what the running ones still need, so that
    /// it is not preempted at once. Alone any fits: then all blocks are available.
    mutating func admit(_ budget: inout PromptBudget) {
        guard !waiting.isEmpty, budget.tokens > 0 else { return }
        var promised = running.reduce(0) { $0 + blocksMissing(at: $1) }
        while let place = waiting.first, budget.tokens > 0,
            running.count < configuration.maximumRunningSequences
        {
            // One block of growth for each running sequence.
            let room = pool.availableCount - promised - running.count
            if let known = insufficientRoom, room <= known { return }
            findPrefix(at: place)
            let liveFound = foundBlocks.count { pool.references(of: $0) > 0 }
            let needed = pool.blocksNeeded(forTokens: sequences[place].tokens.count) - liveFound
            guard needed <= room else {
                insufficientRoom = room
                return
            }
            insufficientRoom = nil
            waiting.removeFirst()
            start(at: place)
            // One that is scored may have to wait for rows of logits, and nobody waits behind it.
            reserveChunk(position: running.count - 1, &budget)
            promised += blocksMissing(at: place)
        }
    }

    /// Blocks that a running sequence's present tokens still need.
    private func blocksMissing(at place: Int) -> Int {
        pool.blocksNeeded(forTokens: sequences[place].tokens.count) - sequences[place].table.count
    }

    /// Looks up the longest cached beginning, in `foundBlocks`. At least the last token stays out,
    /// because its logits have to be computed; of a prompt that is scored, all that have not been.
    private mutating func findPrefix(at place: Int) {
        foundBlocks.removeAll(keepingCapacity: true)
        guard configuration.prefixCaching else { return }
        let blockSize = pool.blockSize
        let most = min(
            sequences[place].reusableCount / blockSize,
            sequences[place].collisionPlace
        )
        while foundBlocks.count < most {
            let number = foundBlocks.count
            let digest = sequences[place].digest(
                at: number,
                blockSize: blockSize,
                hasher: &hasher
            )
            let content = sequences[place].tokens[number * blockSize..<(number + 1) * blockSize]
            let parent = foundBlocks.last ?? BlockPool.none
            guard let block = pool.find(digest, tokens: content, after: parent) else { return }
            foundBlocks.append(block)
        }
    }

    /// Makes a sequence a running one that holds the blocks found for it.
    private mutating func start(at place: Int) {
        for block in foundBlocks {
            pool.retain(block)
            sequences[place].table.append(block)
        }
        let cached = foundBlocks.count * pool.blockSize
        sequences[place].computedCount = cached
        sequences[place].indexedCount = foundBlocks.count
        running.append(place)
        guard !sequences[place].wasAdmitted else { return }
        sequences[place].wasAdmitted = true
        if configuration.prefixCaching, !sequences[place].isToBeScored {
            prefixQueryTokens += sequences[place].promptCount
            prefixHitTokens += cached
        }
        step.admissions.append(
            StepPlan.Admission(sequence: sequences[place].identifier, cachedTokens: cached)
        )
    }
}
