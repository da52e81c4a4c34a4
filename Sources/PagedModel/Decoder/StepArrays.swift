/// The inputs of one step, borrowed: nothing is copied or allocated to make one.
///
///     tokens                     of all sequences, one after the other
///     cumulativeSequenceLengths  [sequences + 1]  where each sequence's tokens start
///     pastSequenceLengths        [sequences]      its tokens that are in the cache already
///     knownLengths               [sequences]      tokens that it has, in this step or a later one
///     blockTable                 [sequences, blockTableWidth]  -1 where nothing is mapped
///     logitsIndices              the tokens after which logits are wanted, by place in `tokens`
package struct StepArrays {
    package let tokens: UnsafeBufferPointer<Int32>
    package let cumulativeSequenceLengths: UnsafeBufferPointer<Int32>
    package let pastSequenceLengths: UnsafeBufferPointer<Int32>
    package let knownLengths: UnsafeBufferPointer<Int32>
    package let blockTable: UnsafeBufferPointer<Int32>
    package let blockTableWidth: Int
    package let logitsIndices: UnsafeBufferPointer<Int32>

    /// The inputs of one step.
    package init(
        tokens: UnsafeBufferPointer<Int32>,
        cumulativeSequenceLengths: UnsafeBufferPointer<Int32>,
        pastSequenceLengths: UnsafeBufferPointer<Int32>,
        knownLengths: UnsafeBufferPointer<Int32>,
        blockTable: UnsafeBufferPointer<Int32>,
        blockTableWidth: Int,
        logitsIndices: UnsafeBufferPointer<Int32>
    ) {
        self.tokens = tokens
        self.cumulativeSequenceLengths = cumulativeSequenceLengths
        self.pastSequenceLengths = pastSequenceLengths
        self.knownLengths = knownLengths
        self.blockTable = blockTable
        self.blockTableWidth = blockTableWidth
        self.logitsIndices = logitsIndices
    }

    /// How many sequences there are.
    package var sequenceCount: Int { pastSequenceLengths.count }

    /// The longest new part of a sequence, and the longest sequence after the step.
    var longest: (newTokens: Int32, total: Int32) {
        var newTokens: Int32 = 0
        var total: Int32 = 0
        for sequence in pastSequenceLengths.indices {
            let new =
                cumulativeSequenceLengths[sequence + 1] - cumulativeSequenceLengths[sequence]
            newTokens = max(newTokens, new)
            total = max(total, pastSequenceLengths[sequence] + new)
        }
        return (newTokens, total)
    }

    /// Stops the program if the arrays do not fit each other: a mistake of whoever made them.
    func checkSizes(maximumTokens: Int, maximumSequences: Int, maximumWidth: Int) {
        precondition(
            (1...maximumTokens).contains(tokens.count),
            "\(tokens.count) tokens in a step, the limit is \(maximumTokens)"
        )
        precondition(
            (1...maximumSequences).contains(sequenceCount),
            "\(sequenceCount) sequences in a step, the limit is \(maximumSequences)"
        )
        precondition(
            cumulativeSequenceLengths.count == sequenceCount + 1
                && cumulativeSequenceLengths.last == Int32(tokens.count),
            "\(cumulativeSequenceLengths.count) cumulative lengths for \(sequenceCount) sequences"
        )
        precondition(
            knownLengths.count == sequenceCount,
            "\(knownLengths.count) known lengths for \(sequenceCount) sequences"
        )
        precondition(
            (1...maximumWidth).contains(blockTableWidth)
                && blockTable.count == sequenceCount * blockTableWidth,
            "a block table of \(blockTable.count) entries, \(sequenceCount) x \(blockTableWidth)"
        )
        precondition(
            logitsIndices.count <= tokens.count,
            "\(logitsIndices.count) rows of logits for \(tokens.count) tokens"
        )
    }
}
