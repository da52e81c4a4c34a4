package import PagedCache

extension Scheduler {
    /// Every broken invariant of the scheduler and its pool as a line of text; empty when all is well.
    ///
    /// - Complexity: O(blocks x block size): for tests and audits.
    package func checkInvariants() -> [String] {
        cacheSnapshot.violations(hasher: hasher) + sequenceViolations() + orderViolations()
    }

    /// The pool with the block tables of the running sequences.
    package var cacheSnapshot: CacheSnapshot {
        pool.snapshot(
            tables: running.map { place in
                CacheSnapshot.Table(
                    blocks: sequences[place].table,
                    computedTokens: Array(
                        sequences[place].tokens.prefix(sequences[place].computedCount)
                    ),
                    reservedCount: sequences[place].reservedCount,
                    salt: sequences[place].salt
                )
            }
        )
    }

    private func sequenceViolations() -> [String] {
        var found: [String] = []
        for place in waiting {
            let sequence = sequences[place]
            if !sequence.table.isEmpty || sequence.computedCount != 0 || sequence.isAborted {
                found.append("\(sequence.identifier) waits and still holds blocks")
            }
        }
        for place in running {
            let sequence = sequences[place]
            if sequence.computedCount + sequence.reservedCount > sequence.tokens.count
                || sequence.remainingCount < 1
            {
                found.append("\(sequence.identifier) has more computed tokens than tokens")
            }
            if sequence.generatedCount >= max(sequence.maximumNewTokens, 1) || sequence.hasEnded {
                found.append("\(sequence.identifier) should have ended")
            }
            if !isStepRunning, sequence.reservedCount != 0 || sequence.isAborted {
                found.append("\(sequence.identifier) is in a step that has ended")
            }
        }
        return found
    }

    private func orderViolations() -> [String] {
        var found: [String] = []
        let arrivals = (running + waiting).map { sequences[$0].identifier.rawValue }
        if running.count > configuration.maximumRunningSequences {
            found.append("\(running.count) sequences run")
        }
        if Set(arrivals).count != arrivals.count || arrivals.count != places.count {
            found.append("\(places.count) sequences are known, these are listed: \(arrivals)")
        }
        if places.contains(where: { sequences[$1].identifier != $0 }) {
            found.append("a sequence is not where it is looked for")
        }
        let order = (running + waiting).map { sequences[$0].arrival }
        if order != order.sorted() {
            found.append("sequences are not in order of arrival: \(order)")
        }
        return found
    }
}
