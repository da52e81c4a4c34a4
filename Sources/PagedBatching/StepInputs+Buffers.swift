/// A step's arrays, borrowed for the time of a call. See ``StepInputs`` for their meaning.
package struct StepInputBuffers {
    /// Token identifiers of all rows.
    package let tokens: UnsafeBufferPointer<Int32>
    /// Begin of each row in `tokens`, and the end of the last.
    package let cumulativeSequenceLengths: UnsafeBufferPointer<Int32>
    /// Tokens of each row's sequence that the cache holds.
    package let pastSequenceLengths: UnsafeBufferPointer<Int32>
    /// Tokens of each row's sequence, computed or not.
    package let knownLengths: UnsafeBufferPointer<Int32>
    /// Block numbers, `blockTableWidth` for each row.
    package let blockTable: UnsafeBufferPointer<Int32>
    /// Columns of `blockTable`.
    package let blockTableWidth: Int
    /// Index in `tokens` of each token whose logits are needed.
    package let logitsIndices: UnsafeBufferPointer<Int32>
}

extension StepInputs {
    /// Lends the arrays' memory, which stays valid and unchanged until `body` returns.
    package func withBuffers<Result, Failure: Error>(
        _ body: (StepInputBuffers) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try tokens.withUnsafeBufferPointer { (tokens) throws(Failure) in
            try cumulativeSequenceLengths.withUnsafeBufferPointer { (ends) throws(Failure) in
                try pastSequenceLengths.withUnsafeBufferPointer { (past) throws(Failure) in
                    try knownLengths.withUnsafeBufferPointer { (known) throws(Failure) in
                        try blockTable.withUnsafeBufferPointer { (table) throws(Failure) in
                            try logitsIndices.withUnsafeBufferPointer { (logits) throws(Failure) in
                                try body(
                                    StepInputBuffers(
                                        tokens: tokens,
                                        cumulativeSequenceLengths: ends,
                                        pastSequenceLengths: past,
                                        knownLengths: known,
                                        blockTable: table,
                                        blockTableWidth: blockTableWidth,
                                        logitsIndices: logits
                                    )
                                )
                            }
                        }
                    }
                }
            }
        }
    }
}
