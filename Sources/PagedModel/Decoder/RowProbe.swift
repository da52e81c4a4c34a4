/// A step that no request asked for, to see what a model does.
struct RowProbe {
    private let tokens: [Int32]
    private let starts: [Int32]
    private let past: [Int32]
    private let known: [Int32]
    private let blockTable: [Int32]
    private let blockTableWidth: Int
    private let rows: [Int32]

    /// One token of a sequence in block 0, beside tokens of sequences that have no block.
    ///
    /// Run with different numbers of rows, it shows whether the numbers of the first row depend on
    /// how many there are.
    init(rows count: Int, token: Int32) {
        tokens = [token] + Array(repeating: 0, count: count - 1)
        starts = (0...count).map(Int32.init)
        past = Array(repeating: 0, count: count)
        known = Array(repeating: 1, count: count)
        blockTable = [0] + Array(repeating: -1, count: count - 1)
        blockTableWidth = 1
        rows = (0..<count).map(Int32.init)
    }

    /// A token at a position of a sequence that has no block: it shows whether there are angles.
    init(position: Int, blockTableWidth: Int) {
        tokens = [0]
        starts = [0, 1]
        past = [Int32(clamping: position)]
        known = [Int32(clamping: position + 1)]
        blockTable = Array(repeating: -1, count: blockTableWidth)
        self.blockTableWidth = blockTableWidth
        rows = [0]
    }

    /// A whole sequence in blocks from 0 on, and its last row of logits.
    init(sequence: [Int32], blockCount: Int) {
        tokens = sequence
        starts = [0, Int32(sequence.count)]
        past = [0]
        known = [Int32(sequence.count)]
        blockTable = (0..<Int32(blockCount)).map(\.self)
        blockTableWidth = blockCount
        rows = [Int32(sequence.count - 1)]
    }

    /// Calls `body` with the step's arrays.
    func withArrays(_ body: (StepArrays) throws(ModelError) -> Void) throws(ModelError) {
        try tokens.withUnsafeBufferPointer { tokens throws(ModelError) in
            try starts.withUnsafeBufferPointer { starts throws(ModelError) in
                try past.withUnsafeBufferPointer { past throws(ModelError) in
                    try known.withUnsafeBufferPointer { known throws(ModelError) in
                        try blockTable.withUnsafeBufferPointer { blockTable throws(ModelError) in
                            try rows.withUnsafeBufferPointer { rows throws(ModelError) in
                                try body(
                                    StepArrays(
                                        tokens: tokens,
                                        cumulativeSequenceLengths: starts,
                                        pastSequenceLengths: past,
                                        knownLengths: known,
                                        blockTable: blockTable,
                                        blockTableWidth: blockTableWidth,
                                        logitsIndices: rows
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
