import PagedAttention
import PagedCases
import PagedKernels

extension CaseTensors {
    /// Runs a call on the tensors that it is given.
    typealias Runner = (CaseTensors) throws -> Void

    /// Runs the case as several calls, each with the next few tokens of every sequence. Sizes
    /// repeat.
    func runInParts(
        _ c: AttentionCase,
        _ sizes: [Int],
        _ set: InstructionSet
    ) throws -> CaseResult {
        try runInParts(c, sizes) { try $0.run(c, set) }
    }

    func runInParts(_ c: AttentionCase, _ sizes: [Int], _ run: Runner) throws -> CaseResult {
        var done = c.lengths.map { _ in 0 }
        var part = 0
        while zip(done, c.lengths).contains(where: { $0 < $1.new }) {
            let size = sizes[part % sizes.count]
            let take = zip(done, c.lengths).map { min(size, $1.new - $0) }
            try runPart(c, done: done, take: take, run)
            for sequence in done.indices { done[sequence] += take[sequence] }
            part += 1
        }
        return result
    }

    /// Runs one sequence of the case; the others have no tokens.
    ///
    /// - Returns: the rows of the output that belong to the sequence.
    func runAlone(
        _ c: AttentionCase,
        _ sequence: Int,
        _ set: InstructionSet
    ) throws -> Range<Int> {
        try runAlone(c, sequence) { try $0.run(c, set) }
    }

    func runAlone(_ c: AttentionCase, _ sequence: Int, _ run: Runner) throws -> Range<Int> {
        let first = c.lengths[..<sequence].reduce(0) { $0 + $1.new }
        let none = c.lengths.map { _ in 0 }
        var take = none
        take[sequence] = c.lengths[sequence].new
        try runPart(c, done: none, take: take, run)
        return first..<(first + take[sequence])
    }

    /// One call with `take` tokens of each sequence after `done` earlier ones; its rows are copied
    /// out of and back into the tensors of the whole case.
    private func runPart(
        _ c: AttentionCase,
        done: [Int],
        take: [Int],
        _ run: Runner
    ) throws {
        let starts = c.lengths.indices.map { c.lengths[..<$0].reduce(0) { $0 + $1.new } }
        let rows = starts.indices.flatMap { index in
            (0..<take[index]).map { starts[index] + done[index] + $0 }
        }
        var part = self
        part.query = query.rows(rows)
        part.key = key?.rows(rows)
        part.value = value?.rows(rows)
        part.slots = slots?.rows(rows)
        part.past = Tensor(zip(c.lengths, done).map { Int32($0.past + $1) })
        part.starts = Tensor(take.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int32($1)) })
        part.output = output.rows(rows)
        try run(part)
        output.replaceRows(rows, with: part.output)
    }

    /// The same contents, each block of the cache at the opposite end.
    func withReversedBlocks(_ c: AttentionCase) -> CaseTensors {
        var copy = self
        let blocks = keyCache.view.shape[0]
        let reversed = Array((0..<blocks).reversed())
        copy.keyCache = keyCache.rows(reversed)
        copy.valueCache = valueCache?.rows(reversed)
        let entries = (0..<table.view.shape.elementCount).map { index in
            let block = table.view.integers[index]
            return block >= 0 && block < blocks ? Int32(blocks) - 1 - block : block
        }
        copy.table = Tensor(entries, table.view.shape)
        copy.output = output.copy()
        return copy
    }

    /// Fills what no token of the case may read with set bits, which are NaN in the types that have
    /// it: places beyond a sequence's end, and
    /// blocks that no sequence has.
    func poisonUnusedPlaces(_ c: AttentionCase) {
        var used = Set<Int>()
        for (sequence, length) in c.lengths.enumerated() {
            for position in 0..<(length.past + length.new) {
                let column = sequence * c.blocksPerSequence + position / c.blockSize
                let block = Int(table.view.integers[column])
                used.insert(block * c.blockSize + position % c.blockSize)
            }
        }
        let size = keyCache.byteCount / (keyCache.view.shape[0] * c.blockSize)
        for place in 0..<(keyCache.view.shape[0] * c.blockSize) where !used.contains(place) {
            for byte in (place * size)..<((place + 1) * size) {
                for cache in [keyCache, valueCache].compactMap(\.self) {
                    cache.view.base.storeBytes(of: 0xff, toByteOffset: byte, as: UInt8.self)
                }
            }
        }
    }
}

extension Tensor {
    private var rowBytes: Int { byteCount / max(view.shape[0], 1) }

    /// A tensor of some of the rows (entries along the first axis).
    func rows(_ rows: [Int]) -> Tensor {
        let shape = view.shape
        let picked = Tensor(
            view.elementType,
            TensorShape(rank: shape.rank, rows.count, shape[1], shape[2], shape[3])
        )
        for (target, source) in rows.enumerated() {
            (picked.view.base + target * rowBytes).copyMemory(
                from: view.base + source * rowBytes,
                byteCount: rowBytes
            )
        }
        return picked
    }

    func replaceRows(_ rows: [Int], with source: Tensor) {
        for (index, row) in rows.enumerated() {
            (view.base + row * rowBytes).copyMemory(
                from: source.view.base + index * rowBytes,
                byteCount: rowBytes
            )
        }
    }
}
