import PagedBatching

/// Stands for model and operator: a cache of hashes instead of keys and values.
///
/// Each place holds a hash of its token and of the place before it, read *through the block table*, as
/// a deeper layer's keys depend on everything before them. The next token is a hash of all the places
/// of the sequence, again read through the table. So a wrong table, a stale block or a wrongly shared
/// prefix gives wrong tokens.
struct FakeModel {
    private var places: [UInt64]
    private let blockSize: Int
    /// Sequences with more tokens than this begin with another hash, as if their keys were others.
    private let longLength: Int

    static let vocabularySize: UInt64 = 97

    init(blockCount: Int, blockSize: Int, longLength: Int = .max) {
        self.longLength = longLength
        places = Array(repeating: 0xdead, count: blockCount * blockSize)
        self.blockSize = blockSize
    }

    /// Computes a step: writes as the operator does (slot = table[p / blockSize] * blockSize + p %
    /// blockSize), then returns the most likely token of each row that asks for logits.
    mutating func run(_ inputs: StepInputs) -> [Int32] {
        forEachToken(of: inputs) { model, row, position, token in
            let first: UInt64 = inputs.knownLengths[row] > model.longLength ? 2 : 1
            let before = position == 0 ? first : model.places[model.slot(inputs, row, position - 1)]
            model.places[model.slot(inputs, row, position)] = FakeModel.mix(before, token)
        }
        return inputs.logitsIndices.map { index in
            let row = inputs.cumulativeSequenceLengths.lastIndex { $0 <= index } ?? 0
            let first = inputs.cumulativeSequenceLengths[row]
            let last = Int(inputs.pastSequenceLengths[row] + index - first)
            return FakeModel.token((0...last).map { places[slot(inputs, row, $0)] })
        }
    }

    /// A step that fails halfway: what it would have written is destroyed.
    mutating func fail(_ inputs: StepInputs) {
        forEachToken(of: inputs) { model, row, position, _ in
            model.places[model.slot(inputs, row, position)] = 0xbad
        }
    }

    /// What a sequence generates alone, without any cache.
    static func generate(_ prompt: [Int32], count: Int, longLength: Int = .max) -> [Int32] {
        var tokens = prompt
        var hashes: [UInt64] = []
        var output: [Int32] = []
        while output.count < count {
            // Everything before is computed anew.
            if tokens.count - 1 == longLength { hashes = [] }
            for token in tokens[hashes.count...] {
                hashes.append(mix(hashes.last ?? (tokens.count > longLength ? 2 : 1), token))
            }
            let next = FakeModel.token(hashes)
            output.append(next)
            tokens.append(next)
            if isStop(next) { break }
        }
        return output
    }

    /// What the logits after each token of a prompt but the last say of the next one.
    static func scores(_ prompt: [Int32]) -> [Int32] {
        var hashes: [UInt64] = []
        return prompt.dropLast().map { next in
            hashes.append(mix(hashes.last ?? 1, next))
            return token(hashes)
        }
    }

    static func isStop(_ token: Int32) -> Bool { token == 13 }

    private mutating func forEachToken(
        of inputs: StepInputs,
        _ body: (inout FakeModel, Int, Int, Int32) -> Void
    ) {
        for row in inputs.sequences.indices {
            let first = Int(inputs.cumulativeSequenceLengths[row])
            let end = Int(inputs.cumulativeSequenceLengths[row + 1])
            for index in first..<end {
                let position = Int(inputs.pastSequenceLengths[row]) + index - first
                body(&self, row, position, inputs.tokens[index])
            }
        }
    }

    private func slot(_ inputs: StepInputs, _ row: Int, _ position: Int) -> Int {
        let column = position / blockSize
        precondition(column < inputs.blockTableWidth, "position \(position) is beyond the table")
        let block = Int(inputs.blockTable[row * inputs.blockTableWidth + column])
        return block * blockSize + position % blockSize
    }

    private static func token(_ hashes: [UInt64]) -> Int32 {
        Int32(hashes.reduce(7) { mix($0, Int32(truncatingIfNeeded: $1)) } % vocabularySize)
    }

    private static func mix(_ hash: UInt64, _ token: Int32) -> UInt64 {
        var z = (hash ^ UInt64(UInt32(bitPattern: token))) &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Random numbers that a seed reproduces (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
