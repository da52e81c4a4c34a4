import PagedBatching
import PagedEngine
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A model whose "cache" holds token identifiers and whose next token is a hash of the sequence as
/// read through the block table: a wrong table, a stale block or a lost token gives other output.
final class FakeRunner: StepRunner {
    struct Failure: Error {}

    /// A step with a sequence that begins with this token fails.
    static let cursed: Int32 = 95
    /// A sequence that begins with this token has no usable logits.
    static let poison: Int32 = 96

    let vocabularySize = 97
    private var memory: [Int32]
    private let blockSize: Int
    private var rows: [[Float]] = []
    private let gate: Gate?

    init(blockCount: Int, blockSize: Int, gate: Gate? = nil) {
        memory = Array(repeating: -1, count: blockCount * blockSize)
        self.blockSize = blockSize
        self.gate = gate
    }

    func run(_ inputs: borrowing StepInputs) throws {
        gate?.enter()
        rows.removeAll()
        var wanted = inputs.logitsIndices[...]
        for row in inputs.pastSequenceLengths.indices {
            let first = Int(inputs.cumulativeSequenceLengths[row])
            let end = Int(inputs.cumulativeSequenceLengths[row + 1])
            let past = Int(inputs.pastSequenceLengths[row])
            for index in first..<end {
                memory[place(row, past + index - first, inputs)] = inputs.tokens[index]
            }
            guard memory[place(row, 0, inputs)] != Self.cursed else { throw Failure() }
            while let index = wanted.first, index < Int32(end) {
                wanted.removeFirst()
                let sequence = (0...past + Int(index) - first).map {
                    memory[place(row, $0, inputs)]
                }
                rows.append(Self.logits(after: sequence, vocabularySize: vocabularySize))
                if sequence.first == Self.poison {
                    rows[rows.count - 1] = Array(repeating: .nan, count: vocabularySize)
                }
            }
        }
    }

    func withLogits<Result>(
        row: Int,
        _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        rows[row].withUnsafeBufferPointer(body)
    }

    private func place(_ row: Int, _ position: Int, _ inputs: borrowing StepInputs) -> Int {
        let column = row * inputs.blockTableWidth + position / blockSize
        return Int(inputs.blockTable[column]) * blockSize + position % blockSize
    }

    /// The token that follows, for comparison without an engine.
    static func next(after sequence: [Int32], vocabularySize: Int = 97) -> Int32 {
        let hash = sequence.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64(bitPattern: Int64($1))) &* 1_099_511_628_211
        }
        return Int32((hash >> 20) % UInt64(vocabularySize))
    }

    /// What generation of `count` tokens gives.
    static func continuation(of prompt: [Int32], count: Int) -> [Int32] {
        var sequence = prompt
        for _ in 0..<count {
            sequence.append(next(after: sequence))
        }
        return Array(sequence[prompt.count...])
    }

    private static func logits(after sequence: [Int32], vocabularySize: Int) -> [Float] {
        var row = [Float](repeating: 0, count: vocabularySize)
        row[Int(next(after: sequence, vocabularySize: vocabularySize))] = 1
        return row
    }
}

/// Lets a test hold the engine's thread inside a step, and counts steps.
final class Gate: Sendable {
    private struct State {
        var isClosed = false
        var entered = 0
    }

    private let state = Mutex(State())

    /// Steps that have begun.
    var entered: Int { state.withLock { $0.entered } }

    func close() { state.withLock { $0.isClosed = true } }
    func open() { state.withLock { $0.isClosed = false } }

    func enter() {
        state.withLock { $0.entered += 1 }
        while state.withLock({ $0.isClosed }) {
            _ = sched_yield()
        }
    }
}
