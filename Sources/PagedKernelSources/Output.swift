internal import CPagedVector
internal import PagedAttention

/// Divides each row by its sum of weights and stores it in the output's type; a row that saw no key
/// is zero.
@inline(__always)
func storeOutput<Activation: ElementFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    let size = task.pointee.headSize
    let group = task.pointee.groupSize
    var row = 0
    while row < item.tokenCount &* group {
        let head = item.keyValueHead &* group &+ row % group
        let outputRow = (item.firstToken &+ row / group) &* task.pointee.headCount &+ head
        let divisor = denominator(activation, task, scratch, row: row, head: head)
        storeRow(
            activation,
            scratch.accumulators + row &* size &* 4,
            task.pointee.tensors.output + outputRow &* size &* Activation.byteCount,
            divisor,
            size
        )
        row &+= 1
    }
}

/// The sum of a row's weights relative to its maximum, with the head's sink; infinite for a row that
/// saw nothing.
@inline(__always)
private func denominator<Activation: ElementFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ scratch: Scratch,
    row: Int,
    head: Int
) -> Float {
    let sum = scratch.sums[row]
    if sum == 0 { return .infinity }
    guard let sinks = task.pointee.tensors.headSink else { return sum }
    let sink = element(activation, sinks, head)
    let maximum = scratch.maxima[row]
    if sink <= maximum { return sum + pv_first(exponential(splat(sink - maximum))) }
    let shrink = pv_first(exponential(splat(maximum - sink)))
    return shrink == 0 ? .infinity : sum + 1 / shrink
}

/// One element; reads no more than that.
@inline(__always)
private func element<Format: ElementFormat>(
    _ format: Format.Type,
    _ base: UnsafeRawPointer,
    _ index: Int
) -> Float {
    var bits: UInt32 = 0
    if Format.byteCount == 2 {
        bits = UInt32(base.load(fromByteOffset: index &* 2, as: UInt16.self))
    } else {
        bits = base.load(fromByteOffset: index &* 4, as: UInt32.self)
    }
    return Format.value(ofBits: bits)
}

@inline(__always)
private func storeRow<Activation: ElementFormat>(
    _ activation: Activation.Type,
    _ source: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer,
    _ divisor: Float,
    _ size: Int
) {
    let d = splat(divisor)
    var channel = 0
    while channel &+ lanes <= size {
        Activation.store(
            pv_load(source + channel &* 4) / d,
            target + channel &* Activation.byteCount
        )
        channel &+= lanes
    }
    if channel < size {
        Activation.storeHalf(
            pv_load_half(source + channel &* 4) / d,
            target + channel &* Activation.byteCount
        )
    }
}
