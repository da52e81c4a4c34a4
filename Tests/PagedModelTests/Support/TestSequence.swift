import PagedModel
import Testing

/// A row of logits, compared bit by bit.
struct LogitsRow: Equatable, CustomTestStringConvertible {
    let bits: [UInt32]

    /// Short, so that a failure stays readable.
    var testDescription: String {
        let start = bits.prefix(4).map { "\(Float(bitPattern: $0))" }.joined(separator: ", ")
        return "\(bits.count) logits \(start), ... likeliest \(likeliest)"
    }

    /// The first token with the largest logit.
    var likeliest: Int32 {
        var best = 0
        for index in bits.indices
        where Float(bitPattern: bits[index]) > Float(bitPattern: bits[best]) {
            best = index
        }
        return Int32(best)
    }
}

/// A sequence of a test: its tokens, how many of them the cache holds, and its blocks.
struct TestSequence {
    var tokens: [Int32]
    var past = 0
    let blocks: [Int32]
}

extension PagedDecoderModel {
    /// Computes the next tokens of several sequences in one step.
    ///
    /// - Parameter counts: how many tokens of each sequence.
    /// - Returns: the logits after the last of them, for each sequence.
    func step(_ sequences: inout [TestSequence], counts: [Int]) throws -> [LogitsRow] {
        var tokens: [Int32] = []
        var starts: [Int32] = [0]
        var past: [Int32] = []
        var known: [Int32] = []
        var table: [Int32] = []
        let width = sequences.map(\.blocks.count).max() ?? 1
        for (index, sequence) in sequences.enumerated() {
            tokens += sequence.tokens[sequence.past..<sequence.past + counts[index]]
            starts.append(Int32(tokens.count))
            past.append(Int32(sequence.past))
            known.append(Int32(sequence.tokens.count))
            table += sequence.blocks
            table += Array(repeating: -1, count: width - sequence.blocks.count)
        }
        let indices = starts.dropFirst().map { $0 - 1 }
        try run(tokens, starts, past, known, table, width, indices)
        for index in sequences.indices { sequences[index].past += counts[index] }
        return sequences.indices.map { row in
            withLogits(row: row) { LogitsRow(bits: $0.map(\.bitPattern)) }
        }
    }

    /// The greedy continuation of one prompt, in steps of at most `chunk` tokens.
    func greedy(_ prompt: [Int32], count: Int, chunk: Int = 256, blocks: [Int32]) throws -> [Int32]
    {
        var sequences = [TestSequence(tokens: prompt, blocks: blocks)]
        var output: [Int32] = []
        while output.count < count {
            var logits: [LogitsRow] = []
            while sequences[0].past < sequences[0].tokens.count {
                let left = sequences[0].tokens.count - sequences[0].past
                logits = try step(&sequences, counts: [min(chunk, left)])
            }
            let token = logits[0].likeliest
            output.append(token)
            sequences[0].tokens.append(token)
            restart(&sequences[0])
        }
        return output
    }

    /// Has a sequence computed anew whose keys are others from this length on.
    func restart(_ sequence: inout TestSequence) {
        if sequence.tokens.count == recomputationLength.map({ $0 + 1 }) { sequence.past = 0 }
    }

    private func run(
        _ tokens: [Int32],
        _ starts: [Int32],
        _ past: [Int32],
        _ known: [Int32],
        _ table: [Int32],
        _ width: Int,
        _ indices: [Int32]
    ) throws(ModelError) {
        try tokens.withUnsafeBufferPointer { tokens throws(ModelError) in
            try starts.withUnsafeBufferPointer { starts throws(ModelError) in
                try past.withUnsafeBufferPointer { past throws(ModelError) in
                    try known.withUnsafeBufferPointer { known throws(ModelError) in
                        try table.withUnsafeBufferPointer { table throws(ModelError) in
                            try indices.withUnsafeBufferPointer { indices throws(ModelError) in
                                try run(
                                    StepArrays(
                                        tokens: tokens,
                                        cumulativeSequenceLengths: starts,
                                        pastSequenceLengths: past,
                                        knownLengths: known,
                                        blockTable: table,
                                        blockTableWidth: width,
                                        logitsIndices: indices
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

/// Random numbers that a printed seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
