internal import PagedCache

/// A step in the operator's form: what the model is run on.
///
/// Allocated once for the largest step and refilled for each, without allocating. For two sequences,
/// one that has 20 tokens in the cache and decodes, and one that computes its first three, with blocks
/// of 16 places:
///
/// ```
/// tokens                     [ t20 | u0 u1 u2 ]     all rows' tokens, one after the other
/// cumulativeSequenceLengths  [ 0, 1, 4 ]            where each row begins; the last: where all end
/// pastSequenceLengths        [ 20, 0 ]              tokens of each sequence that the cache holds
/// knownLengths               [ 21, 3 ]              tokens that each sequence has, computed or not
/// blockTable                 [ 7, 2,                row-major, as wide as the longest table,
///                              5, -1 ]              the rest -1
/// logitsIndices              [ 0, 3 ]               tokens whose logits are needed
/// ```
package struct StepInputs: Sendable {
    /// Token identifiers of all rows.
    package private(set) var tokens: [Int32] = []
    /// Begin of each row in `tokens`, and the end of the last: one more than there are rows.
    package private(set) var cumulativeSequenceLengths: [Int32] = []
    /// Tokens of each row's sequence that were computed by earlier steps.
    package private(set) var pastSequenceLengths: [Int32] = []
    /// Tokens of each row's sequence, prompt and output, computed or not.
    package private(set) var knownLengths: [Int32] = []
    /// Block numbers, `blockTableWidth` for each row.
    package private(set) var blockTable: [Int32] = []
    /// Columns of `blockTable`: the blocks of the plan's longest sequence.
    package private(set) var blockTableWidth = 0
    /// Index in `tokens` of each token whose logits are needed, ascending.
    package private(set) var logitsIndices: [Int32] = []
    /// The sequence of each row.
    package private(set) var sequences: [SequenceIdentifier] = []

    /// Empty inputs with room for any step of a scheduler with this configuration.
    package init(configuration: SchedulerConfiguration) {
        let rows = configuration.maximumRunningSequences
        let longest = min(configuration.maximumSequenceLength, configuration.cacheCapacity)
        let width = (longest + configuration.blockSize - 1) / configuration.blockSize
        tokens.reserveCapacity(configuration.maximumTokensPerStep)
        cumulativeSequenceLengths.reserveCapacity(rows + 1)
        pastSequenceLengths.reserveCapacity(rows)
        knownLengths.reserveCapacity(rows)
        blockTable.reserveCapacity(rows * width)
        logitsIndices.reserveCapacity(rows + configuration.maximumScoredTokensPerStep)
        sequences.reserveCapacity(rows)
    }

    mutating func removeAll(width: Int) {
        tokens.removeAll(keepingCapacity: true)
        cumulativeSequenceLengths.removeAll(keepingCapacity: true)
        cumulativeSequenceLengths.append(0)
        pastSequenceLengths.removeAll(keepingCapacity: true)
        knownLengths.removeAll(keepingCapacity: true)
        blockTable.removeAll(keepingCapacity: true)
        blockTableWidth = width
        logitsIndices.removeAll(keepingCapacity: true)
        sequences.removeAll(keepingCapacity: true)
    }

    mutating func append(_ row: StepPlan.Row, tokens rowTokens: [Int32], table: [BlockIndex]) {
        tokens.append(
            contentsOf: rowTokens[row.firstPosition..<row.firstPosition + row.tokenCount]
        )
        cumulativeSequenceLengths.append(Int32(tokens.count))
        pastSequenceLengths.append(Int32(row.firstPosition))
        knownLengths.append(Int32(rowTokens.count))
        blockTable.append(contentsOf: table)
        blockTable.append(
            contentsOf: repeatElement(BlockPool.none, count: blockTableWidth - table.count)
        )
        for index in tokens.count - row.logitsCount..<tokens.count {
            logitsIndices.append(Int32(index))
        }
        sequences.append(row.sequence)
    }
}

extension Scheduler {
    /// Writes the running step's arrays; with `row`, those of a step that is only this row.
    ///
    /// - Precondition: a step is running and has that row.
    /// - Complexity: O(tokens + rows x `blockTableWidth`), no allocation.
    package func fill(_ inputs: inout StepInputs, row: Int? = nil) {
        precondition(isStepRunning, "no step is running")
        let rows = row.map { step.rows[$0...$0] } ?? step.rows[...]
        let width = rows.reduce(0) { max($0, sequences[$1.place].table.count) }
        inputs.removeAll(width: width)
        for row in rows {
            inputs.append(
                row,
                tokens: sequences[row.place].tokens,
                table: sequences[row.place].table
            )
        }
    }
}
