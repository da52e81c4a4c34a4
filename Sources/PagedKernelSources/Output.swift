internal import CPagedVector
internal import PagedAttention

/// Divides each row by its sum of weights (by way of the reciprocal) and stores it in the output's type; a row that saw no key
/// is zero.
@inline(__always)
func storeOutput(
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    _ states: RowStates
) {
    switch task.pointee.activation {
    case .float16: storeOutput(Float16Format.self, task, item, scratch, states)
    case .bfloat16: storeOutput(BFloat16Format.self, task, item, scratch, states)
    default: storeOutput(Float32Format.self, task, item, scratch, states)
    }
}

@inline(never)
private func storeOutput<Activation: ActivationFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    _ states: RowStates
) {
    let size = task.pointee.valueHeadSize
    let scale = HeadScale(
        task.pointee.tensors.valueScale,
        head: item.keyValueHead,
        headSize: task.pointee.headSize
    )
    let group = task.pointee.groupSize
    var row = 0
    while row < item.tokenCount &* group {
        let head = item.keyValueHead &* group &+ row % group
        let outputRow = (item.firstToken &+ row / group) &* task.pointee.headCount &+ head
        let divisor = denominator(activation, task, states, row: row, head: head)
        let sums = states.accumulators + row &* states.width &* 4
        // A row that saw nothing is zero, whatever the scales are.
        if states.sums[row] != 0 {
            let channels = min((size &+ 7) & ~7, states.width)
            scale?.multiply(sums.assumingMemoryBound(to: Float.self), count: channels)
        }
        storeRow(
            activation,
            sums,
            task.pointee.tensors.output + Activation.bytes(outputRow &* size),
            divisor,
            size,
            scratch
        )
        row &+= 1
    }
}

/// The sum of a row's weights relative to its maximum, with the head's sink; infinite for a row that
/// saw nothing.
@inline(__always)
private func denominator<Activation: ActivationFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ states: RowStates,
    row: Int,
    head: Int
) -> Float {
    let sum = states.sums[row]
    if sum == 0 { return .infinity }
    guard let sinks = task.pointee.tensors.headSink else { return sum }
    let sink = element(activation, sinks, head) * log2e
    let maximum = states.maxima[row]
    if sink <= maximum { return sum + pv_first(exponential2(splat(sink - maximum))) }
    let shrink = pv_first(exponential2(splat(maximum - sink)))
    return shrink == 0 ? .infinity : sum + 1 / shrink
}

/// One element; reads no more than that.
@inline(__always)
private func element<Format: ActivationFormat>(
    _ format: Format.Type,
    _ base: UnsafeRawPointer,
    _ index: Int
) -> Float {
    var bits: UInt32 = 0
    if Format.bits == 16 {
        bits = UInt32(base.load(fromByteOffset: index &* 2, as: UInt16.self))
    } else {
        bits = base.load(fromByteOffset: index &* 4, as: UInt32.self)
    }
    return Format.value(ofBits: bits)
}

@inline(__always)
private func storeRow<Activation: ActivationFormat>(
    _ activation: Activation.Type,
    _ source: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer,
    _ divisor: Float,
    _ size: Int,
    _ scratch: Scratch
) {
    let factor = splat(1 / divisor)
    let zero = splat(0)
    var channel = 0
    while channel &+ lanes <= size {
        // Plus 0: a sum of nothing but negative zeros does not depend on what else was added.
        let value = pv_load(source + channel &* 4) * factor + zero
        Activation.store(value, target + Activation.bytes(channel))
        channel &+= lanes
    }
    guard channel < size else { return }
    // The last vector is incomplete in the output only.
    Activation.store(pv_load(source + channel &* 4) * factor + zero, scratch.head)
    target.advanced(by: Activation.bytes(channel))
        .copyMemory(from: scratch.head, byteCount: Activation.bytes(size &- channel))
}
