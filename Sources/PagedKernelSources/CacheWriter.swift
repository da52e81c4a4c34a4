internal import PagedAttention

/// Stores the keys and values of the tokens in `first ..< first + count`.
@inline(__always)
func writeTokens(
    _ task: UnsafePointer<KernelTask>,
    _ first: Int,
    _ count: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    switch task.pointee.activation {
    case .float16: writeTokens(Float16Format.self, task, first, count, scratch)
    case .bfloat16: writeTokens(BFloat16Format.self, task, first, count, scratch)
    default: writeTokens(Float32Format.self, task, first, count, scratch)
    }
}

@inline(__always)
private func writeTokens<Activation: ActivationFormat>(
    _ activation: Activation.Type,
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
                writeToken(activation, task, row, token: token, place: place)
            }
        }
        token &+= 1
    }
}

@inline(__always)
private func writeToken<Activation: ActivationFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ row: HeadRow,
    token: Int,
    place: Int
) {
    let size = task.pointee.headSize
    let heads = task.pointee.keyValueHeadCount
    let tensors = task.pointee.tensors
    var head = 0
    while head < heads {
        let source = Activation.bytes(token &* tensors.keyValueStride &+ head &* size)
        let target = (place &* heads &+ head) &* size
        row.prepare(activation, task, tensors.key + source, weight: tensors.keyNorm)
        HeadScale(tensors.keyScale, head: head, headSize: size)?.divide(row.values, count: size)
        storeRow(task, row, tensors.keyCache, target)
        if let value = tensors.value {
            convert(activation, value + source, Float32Format.self, row.values, count: size)
            HeadScale(tensors.valueScale, head: head, headSize: size)?
                .divide(row.values, count: size)
            storeRow(task, row, tensors.valueCache, target)
        }
        head &+= 1
    }
}

/// Stores a row as elements of a cache, from element `first` on.
@inline(never)
private func storeRow(
    _ task: UnsafePointer<KernelTask>,
    _ row: HeadRow,
    _ cache: UnsafeMutableRawPointer,
    _ first: Int
) {
    switch task.pointee.cache {
    case .float16: store(Float16Format.self, task, row, cache, first)
    case .bfloat16: store(BFloat16Format.self, task, row, cache, first)
    case .int8: store(Int8Format.self, task, row, cache, first)
    case .float8e4m3fn: store(Float8Format.self, task, row, cache, first)
    case .int4: store(Int4Format.self, task, row, cache, first)
    case .float4e2m1: store(Float4Format.self, task, row, cache, first)
    default: store(Float32Format.self, task, row, cache, first)
    }
}

@inline(__always)
private func store<Cache: ElementFormat>(
    _ format: Cache.Type,
    _ task: UnsafePointer<KernelTask>,
    _ row: HeadRow,
    _ cache: UnsafeMutableRawPointer,
    _ first: Int
) {
    let size = task.pointee.headSize
    convert(Float32Format.self, row.values, format, cache + Cache.bytes(first), count: size)
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
