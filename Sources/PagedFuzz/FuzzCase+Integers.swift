internal import PagedAttention

extension FuzzCase {
    /// Gives lengths, table and slots values that belong together, then changes some of them to
    /// anything.
    mutating func decodeIntegers(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        let inner = (1..<sizes.sequences).map { _ in bytes.below(sizes.tokens + 1) }
        let starts = [0] + inner.sorted() + [sizes.tokens]
        let past = (0..<sizes.sequences).map { sequence in
            let room = sizes.capacity - (starts[sequence + 1] - starts[sequence])
            return bytes.below(max(room, 0) + 1)
        }
        let table = (0..<(sizes.sequences * sizes.columns)).map { _ in
            let entry = bytes.byte()
            return sizes.blocks > 0 && entry < 224 ? entry % sizes.blocks : -1
        }
        integers[.starts] = starts.map { Int32($0) }
        integers[.past] = past.map { Int32($0) }
        integers[.blockTable] = table.map { Int32($0) }
        integers[.metadata] = [Int32(sizes.tokens), Int32(sizes.capacity), 0]
        if outlines[.slotMapping] != nil {
            let places = sizes.blocks * sizes.blockSize
            integers[.slotMapping] = (0..<sizes.tokens).map { token in
                let slot = bytes.byte()
                return places > 0 && slot < 224 ? Int32((slot + 37 * token) % places) : -1
            }
        }
        if sizes.blocks == 0 || sizes.tokens > sizes.capacity { hasBrokenValues = true }
        breakIntegers(sizes, &bytes)
    }

    private mutating func breakIntegers(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        let count = bytes.byte() - 160
        guard count > 0 else { return }
        hasBrokenValues = true
        for _ in 0..<min(count, 12) {
            let role = bytes.pick(TensorRole.integers)
            let index = bytes.below(64)
            let value = bytes.number(near: sizes.blocks * sizes.blockSize)
            guard var values = integers[role], !values.isEmpty else { continue }
            values[index % values.count] = Int32(truncatingIfNeeded: value)
            integers[role] = values
        }
    }
}
