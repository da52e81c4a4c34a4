internal import PagedAttention

/// Stores the keys and values of the tokens in `first ..< first + count`.
@inline(__always)
func writeTokens<Activation: ElementFormat, Cache: ElementFormat>(
    _ activation: Activation.Type,
    _ cache: Cache.Type,
    _ task: UnsafePointer<KernelTask>,
    _ first: Int,
    _ count: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    let row = HeadRow(scratch, headSize: task.pointee.headSize)
    var sequence = owner(of: first, task.pointee.starts, count: task.pointee.sequenceCount)
    var token = first
    while token < first &+ count {
        while token >= Int(task.pointee.starts[sequence &+ 1]) { sequence &+= 1 }
        let past = Int(task.pointee.past[sequence])
        if past >= 0 {
            let position = past &+ token &- Int(task.pointee.starts[sequence])
            let place = destination(task, token, position, sequence)
            if place >= 0 {
                row.loadAngles(activation, task, position: position)
                writeToken(activation, cache, task, row, token: token, place: place)
            }
        }
        token &+= 1
    }
}

@inline(__always)
private func writeToken<Activation: ElementFormat, Cache: ElementFormat>(
    _ activation: Activation.Type,
    _ cache: Cache.Type,
    _ task: UnsafePointer<KernelTask>,
    _ row: HeadRow,
    token: Int,
    place: Int
) {
    let size = task.pointee.headSize
    let heads = task.pointee.keyValueHeadCount
    let key =
        task.pointee.tensors.key + token &* task.pointee.tensors.keyValueStride
        &* Activation.byteCount
    let value =
        task.pointee.tensors.value + token &* task.pointee.tensors.keyValueStride
        &* Activation.byteCount
    let target = place &* heads &* size &* Cache.byteCount
    var head = 0
    while head < heads {
        let source = head &* size &* Activation.byteCount
        let offset = target + head &* size &* Cache.byteCount
        row.prepare(activation, task, key + source, weight: task.pointee.tensors.keyNorm)
        convert(
            Float32Format.self,
            row.values,
            cache,
            task.pointee.tensors.keyCache + offset,
            count: size
        )
        convert(
            activation,
            value + source,
            cache,
            task.pointee.tensors.valueCache + offset,
            count: size
        )
        head &+= 1
    }
}

/// The place in the cache, block * blockSize + offset, that a token is written to; -1 for none.
@inline(__always)
private func destination(
    _ task: UnsafePointer<KernelTask>,
    _ token: Int,
    _ position: Int,
    _ sequence: Int
) -> Int {
    let shift = task.pointee.blockShift
    if let slots = task.pointee.tensors.slotMapping {
        let slot = Int(slots[token])
        return slot >= 0 && slot >> shift < task.pointee.blockCount ? slot : -1
    }
    let column = position >> shift
    guard column < task.pointee.blocksPerSequence else { return -1 }
    let block = Int(
        task.pointee.tensors.blockTable[sequence &* task.pointee.blocksPerSequence &+ column]
    )
    guard block >= 0, block < task.pointee.blockCount else { return -1 }
    return block << shift &+ position & (1 << shift &- 1)
}

/// The last of `count` ranges, given by their non-decreasing starts, that begins at or before `value`
/// and is not empty there; `value` has to be in one of them.
@inline(__always)
func owner(of value: Int, _ starts: UnsafePointer<Int32>, count: Int) -> Int {
    var low = 0
    var high = count
    while high &- low > 1 {
        let middle = (low &+ high) >> 1
        if Int(starts[middle]) <= value { low = middle } else { high = middle }
    }
    return low
}
