/// Counts at one moment. Totals only grow.
package struct SchedulerSnapshot: Equatable, Sendable {
    /// Sequences in the queue.
    package var waitingSequences = 0
    /// Sequences being generated.
    package var runningSequences = 0
    /// Blocks that running sequences hold.
    package var liveBlocks = 0
    /// Blocks that only the prefix cache holds.
    package var cachedBlocks = 0
    /// Blocks that hold nothing.
    package var freeBlocks = 0
    /// Prompt tokens looked up in the prefix cache, in total.
    package var prefixQueryTokens = 0
    /// Prompt tokens found there, in total.
    package var prefixHitTokens = 0
    /// Sequences put back in the queue because blocks ran out, in total.
    package var preemptions = 0
}
