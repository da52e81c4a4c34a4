internal import PagedAttention

extension FuzzCase {
    /// Makes some of the cases calls of SparsePagedAttention.
    mutating func decodeSparse(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        guard bytes.chance(96) else { return }
        var selection = SparseSelection()
        selection.mode = bytes.pick(SparseSelection.Mode.allCases)
        selection.source = bytes.pick(SparseSelection.Source.allCases)
        selection.isAuxiliaryShared = bytes.chance(128)
        self.selection = selection
        // The operator has no latent layout, and its metadata are others.
        if sizes.isLatent { isBroken = true }
        outlines[.metadata] = nil
        let columns = bytes.pick([1, 0, 2, 5, 8, 33, 40])
        outlines[.selectedIndices] = TensorOutline(.int32, sizes.tokens, columns)
        outlines[.selectedCounts] = TensorOutline(.int32, sizes.tokens)
        if bytes.chance(64) { outlines[.sparseMetadata] = TensorOutline(.int32, 5) }
        let rows = selection.source == .auxiliary ? bytes.below(12) : sizes.capacity
        if selection.source == .auxiliary {
            let heads = bytes.chance(128) ? sizes.keyValueHeads : 1
            let row = TensorOutline(activation, sizes.sequences, rows, heads, sizes.headSize)
            outlines[.auxiliaryKey] = row
            outlines[.auxiliaryValue] = selection.isAuxiliaryShared ? nil : row
            outlines[.auxiliaryLengths] = TensorOutline(.int32, sizes.sequences)
        }
        integers[.selectedIndices] = numbers(37, below: rows, &bytes)
        integers[.selectedCounts] = numbers(7, below: columns + 1, &bytes)
        integers[.auxiliaryLengths] = numbers(sizes.sequences, below: rows + 1, &bytes)
        integers[.sparseMetadata] = [0, 0, 0, 0, 0]
        breakSparse(&bytes)
    }

    /// Numbers that are mostly in `0..<bound`.
    private func numbers(_ count: Int, below bound: Int, _ bytes: inout FuzzBytes) -> [Int32] {
        (0..<count).map { _ in
            let byte = bytes.byte()
            let isAny = byte >= 240 || bound < 1
            return Int32(truncatingIfNeeded: isAny ? bytes.number(near: bound) : byte % bound)
        }
    }

    private mutating func breakSparse(_ bytes: inout FuzzBytes) {
        if bytes.chance(16) {
            hasBrokenValues = true
            integers[.sparseMetadata] = (0..<5).map { _ in Int32(bytes.below(4)) - 1 }
        }
        guard bytes.chance(40) else { return }
        isBroken = true
        switch bytes.below(4) {
        case 0: selection?.source = bytes.pick(SparseSelection.Source.allCases)
        case 1: selection?.isAuxiliaryShared.toggle()
        case 2: outlines[bytes.pick(TensorRole.sparse)]?.type = bytes.pick(ElementType.allCases)
        default: breakOutline(bytes.pick(TensorRole.sparse), &bytes)
        }
    }
}
