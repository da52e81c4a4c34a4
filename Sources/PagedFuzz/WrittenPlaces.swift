internal import PagedAttention

/// The places of the cache, block * blockSize + offset, that a call writes; derived from the
/// operator's definition, apart from the code of the operator.
struct WrittenPlaces {
    private(set) var places: Set<Int> = []

    init(_ shape: AttentionShape, _ tensors: FuzzTensors) {
        guard let starts = tensors[.starts]?.view.integers,
            let past = tensors[.past]?.view.integers,
            let table = tensors[.blockTable]?.view.integers
        else { return }
        let slots = tensors[.slotMapping]?.view.integers
        let capacity = shape.maximumBlocksPerSequence * shape.blockSize
        var begin = 0
        for sequence in 0..<shape.sequenceCount {
            let isLast = sequence + 1 == shape.sequenceCount
            let given = isLast ? shape.tokenCount : Int(starts[sequence + 1])
            let end = max(begin, min(given, shape.tokenCount))
            defer { begin = end }
            let length = Int(past[sequence])
            guard length >= 0, length <= max(0, capacity - (end - begin)) else { continue }
            for token in begin..<end {
                let position = length + token - begin
                let column = position / shape.blockSize
                var place = -1
                if let slots {
                    place = Int(slots[token])
                } else if column < shape.maximumBlocksPerSequence {
                    let block = Int(table[sequence * shape.maximumBlocksPerSequence + column])
                    place = block * shape.blockSize + position % shape.blockSize
                }
                if (0..<(shape.blockCount * shape.blockSize)).contains(place) {
                    places.insert(place)
                }
            }
        }
    }

    /// The first place outside the written ones that has changed.
    func changedElsewhere(
        _ before: ExactTensor,
        _ after: ExactTensor,
        _ shape: AttentionShape
    ) -> Int? {
        let count = shape.blockCount * shape.blockSize
        guard count > 0 else { return nil }
        let size = after.byteCount / count
        return (0..<count).first { place in
            let row = (place * size)..<((place + 1) * size)
            return !places.contains(place)
                && !after.hasSameBytes(as: before, in: row)
        }
    }
}
