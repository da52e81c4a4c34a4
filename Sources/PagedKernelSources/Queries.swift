internal import CPagedVector
internal import PagedAttention

/// Queries of an item's head as the dot products need them: prepared, multiplied by the scales of the
/// keys, and as float32 numbers, as bfloat16 ones (exactly), or as 16-bit integers.
///
/// - Parameter unit: what the integer 1 stands for in keys; nil where they are no integers.
@inline(__always)
func loadQueries(
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    inPairs: Bool,
    unit: Float?
) {
    switch task.pointee.activation {
    case .float16: loadQueries(Float16Format.self, Float32Format.self, task, item, scratch)
    case .bfloat16:
        if inPairs {
            loadQueries(BFloat16Format.self, BFloat16Format.self, task, item, scratch)
        } else {
            loadQueries(BFloat16Format.self, Float32Format.self, task, item, scratch)
        }
    default: loadQueries(Float32Format.self, Float32Format.self, task, item, scratch)
    }
    guard let unit else { return }
    var row = 0
    while row < item.rows(task) {
        let size = task.pointee.headSize
        scratch.units[row] =
            unit * roundToIntegers(scratch.queries + row &* scratch.queryStride, size)
        row &+= 1
    }
}

/// Replaces a row of float32 by 16-bit integers, in place.
///
/// - Returns: what 1 stands for; NaN for a row that is not finite.
@inline(never)
private func roundToIntegers(_ row: UnsafeMutableRawPointer, _ size: Int) -> Float {
    var folded = splat(0)
    var channel = 0
    while channel < size {
        folded = pv_fold_bits(folded, load(row, channel, of: size))
        channel &+= lanes
    }
    let isFinite = pv_is_below_infinity(folded) != 0
    // A sum of products with all channels of a key has to fit in 32 bits.
    let steps = Float(min(32767, 16_777_215 / size))
    let largest = isFinite ? max(pv_largest(folded), 1e-30) : 1
    let factor = splat(steps / largest)
    channel = 0
    while channel < paddedChannels(size) {
        let isThere = isFinite && channel < size
        let value = isThere ? load(row, channel, of: size) * factor : splat(0)
        pv_store_integers(row + channel &* 2, value)
        channel &+= lanes
    }
    return isFinite ? largest / steps : .nan
}

/// A vector of a row of `size` channels; zero beyond.
@inline(__always)
private func load(_ row: UnsafeRawPointer, _ channel: Int, of size: Int) -> Vector {
    size &- channel >= lanes ? pv_load(row + channel &* 4) : pv_load_half(row + channel &* 4)
}

@inline(never)
private func loadQueries<Activation: ActivationFormat, Target: ElementFormat>(
    _ activation: Activation.Type,
    _ target: Target.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    let size = task.pointee.headSize
    let group = task.pointee.groupSize
    let tensors = task.pointee.tensors
    let head = HeadRow(scratch.head, headSize: size)
    let scale = HeadScale(tensors.keyScale, head: item.keyValueHead, headSize: size)
    let isPlain = scale == nil && HeadRow.isPlain(task, weight: tensors.queryNorm)
    var token = 0
    while token < item.tokenCount {
        let firstHead =
            (item.firstToken &+ token) &* tensors.queryStride
            &+ item.keyValueHead &* group &* size
        head.loadAngles(activation, task, position: item.firstPosition &+ token)
        var member = 0
        while member < group {
            let source = tensors.query + Activation.bytes(firstHead &+ member &* size)
            let row = scratch.queries + (token &* group &+ member) &* scratch.queryStride
            if isPlain, Activation.bits == Target.bits {
                row.copyMemory(from: source, byteCount: Target.bytes(size))
            } else if isPlain {
                convert(activation, source, target, row, count: size)
            } else {
                head.prepare(activation, task, source, weight: tensors.queryNorm)
                scale?.multiply(head.values, count: size)
                convert(Float32Format.self, head.values, target, row, count: size)
            }
            member &+= 1
        }
        token &+= 1
    }
}

/// Clears the queries of padding rows, and the channels that pad a row.
@inline(__always)
func clearQueries(_ task: UnsafePointer<KernelTask>, _ scratch: Scratch, rows: Int, padded: Int) {
    let isWhole = task.pointee.headSize &* 4 == scratch.queryStride
    var offset = isWhole ? rows &* scratch.queryStride : 0
    while offset < padded &* scratch.queryStride {
        pv_store(scratch.queries + offset, splat(0))
        offset &+= vectorBytes
    }
}
