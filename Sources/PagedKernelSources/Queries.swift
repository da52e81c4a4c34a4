internal import CPagedVector
internal import PagedAttention

/// Queries of an item's head as the dot products need them: prepared, multiplied by the scales of the
/// keys, and in float32 or (exactly) in bfloat16.
@inline(__always)
func loadQueries(
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    inPairs: Bool
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
