/// The fixed numbers of a scheduler.
package struct SchedulerConfiguration: Equatable, Sendable {
    /// Blocks of the cache.
    package var blockCount: Int
    /// Token places in a block.
    package var blockSize: Int
    /// Most tokens of one step, decodes and prompt chunks together.
    ///
    /// More than `maximumRunningSequences`: the difference is what waiting prompts are sure of in
    /// every step, and because of it no decode ever sits a step out for want of tokens.
    package var maximumTokensPerStep: Int
    /// Most prompt tokens of one step; bounds how long decodes wait for prompts.
    package var maximumPromptTokensPerStep: Int
    /// Most prompt tokens of one step that are scored: as many rows of logits come to those of one for
    /// each sequence.
    package var maximumScoredTokensPerStep: Int
    /// Most sequences generated at the same time.
    package var maximumRunningSequences: Int
    /// Most tokens of prompt and output together.
    package var maximumSequenceLength: Int
    /// With this many in the queue, besides those for whom there is a place, no more are taken; 0: none waits.
    /// Preemption may make it longer.
    package var maximumQueuedSequences: Int
    /// Whether full blocks are shared between sequences with the same beginning.
    package var prefixCaching: Bool
    /// A sequence that grows beyond so many tokens is computed anew: all its keys are others then.
    /// Nil: never.
    package var recomputationLength: Int?

    /// A configuration.
    ///
    /// - Precondition: all numbers but `maximumQueuedSequences` are positive, and `maximumTokensPerStep` exceeds
    ///   `maximumRunningSequences`.
    package init(
        blockCount: Int,
        blockSize: Int,
        maximumTokensPerStep: Int,
        maximumPromptTokensPerStep: Int? = nil,
        maximumScoredTokensPerStep: Int? = nil,
        maximumRunningSequences: Int,
        maximumSequenceLength: Int,
        maximumQueuedSequences: Int,
        prefixCaching: Bool = true,
        recomputationLength: Int? = nil
    ) {
        self.blockCount = blockCount
        self.blockSize = blockSize
        self.maximumTokensPerStep = maximumTokensPerStep
        self.maximumPromptTokensPerStep = maximumPromptTokensPerStep ?? maximumTokensPerStep
        self.maximumScoredTokensPerStep = maximumScoredTokensPerStep ?? maximumTokensPerStep
        self.maximumRunningSequences = maximumRunningSequences
        self.maximumSequenceLength = maximumSequenceLength
        self.maximumQueuedSequences = maximumQueuedSequences
        self.prefixCaching = prefixCaching
        self.recomputationLength = recomputationLength
    }

    /// Token places of the whole cache: no sequence can hold more.
    package var cacheCapacity: Int { blockCount * blockSize }

    /// Most sequences at a time, running and waiting.
    package var maximumOpenSequences: Int { maximumRunningSequences + maximumQueuedSequences }

    func check() {
        let least = min(
            blockCount,
            blockSize,
            maximumPromptTokensPerStep,
            maximumScoredTokensPerStep,
            maximumRunningSequences,
            maximumSequenceLength,
            maximumQueuedSequences + 1
        )
        precondition(least > 0, "a number is not positive: \(self)")
        precondition(
            maximumTokensPerStep > maximumRunningSequences,
            "maximumTokensPerStep \(maximumTokensPerStep) must exceed maximumRunningSequences "
                + "\(maximumRunningSequences)"
        )
    }
}
