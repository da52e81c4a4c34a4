internal import CPagedVector
internal import PagedAttention

/// Up to this many rows, keys and values are read where they are; above, a tile is converted to
/// float32 once and shared by all rows. Both give the same bits.
@inline(__always) private var directRows: Int { 8 }

/// The attention of one work item: queries in, output rows out.
@inline(__always)
func attendItem(
    _ task: UnsafePointer<KernelTask>,
    _ index: Int,
    _ memory: UnsafeMutableRawPointer
) {
    var item = WorkItem(task, index)
    let width = paddedChannels(task.pointee.valueHeadSize)
    let rows = item.tokenCount &* task.pointee.groupSize
    let scratch = Scratch(
        memory,
        rows: paddedRows(task.pointee.tokensPerTile &* task.pointee.groupSize),
        heads: task.pointee.headsPerItem,
        headSize: task.pointee.headSize,
        valueWidth: width
    )
    item.storeRanges(task, scratch, rows: paddedRows(rows))
    for head in item.heads {
        item.keyValueHead = head
        let part = scratch.part(head &- item.heads.lowerBound)
        prepareRows(part, task.pointee.headSize, width, rows)
        if item.firstPosition >= 0 {
            loadQueries(task, item, part)
        }
    }
    if item.firstPosition >= 0 {
        attendTiles(task, item, scratch, rows)
    }
    for head in item.heads {
        item.keyValueHead = head
        storeOutput(task, item, scratch.part(head &- item.heads.lowerBound))
    }
}

/// Clears queries and accumulators, padding rows included, and the softmax state.
@inline(__always)
func prepareRows(_ scratch: Scratch, _ size: Int, _ width: Int, _ rows: Int) {
    clear(scratch.queries, count: paddedRows(rows) &* size)
    clear(scratch.accumulators, count: paddedRows(rows) &* width)
    var row = 0
    while row < paddedRows(rows) {
        scratch.maxima[row] = -.infinity
        scratch.sums[row] = 0
        row &+= 1
    }
}

@inline(__always)
private func clear(_ values: UnsafeMutableRawPointer, count: Int) {
    var index = 0
    while index < count {
        pv_store_half(values + index &* 4, splat(0))
        index &+= lanes / 2
    }
}

@inline(__always)
func loadQueries(
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    switch task.pointee.activation {
    case .float16: loadQueries(Float16Format.self, task, item, scratch)
    case .bfloat16: loadQueries(BFloat16Format.self, task, item, scratch)
    default: loadQueries(Float32Format.self, task, item, scratch)
    }
}

/// Queries as the dot products need them: prepared, and multiplied by the scales of the keys.
@inline(__always)
private func loadQueries<Activation: ActivationFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    let size = task.pointee.headSize
    let group = task.pointee.groupSize
    let head = HeadRow(scratch.head, headSize: size)
    let scale = HeadScale(
        task.pointee.tensors.keyScale,
        head: item.keyValueHead,
        headSize: size
    )
    var token = 0
    while token < item.tokenCount {
        let firstHead =
            (item.firstToken &+ token) &* task.pointee.tensors.queryStride
            &+ item.keyValueHead &* group &* size
        head.loadAngles(activation, task, position: item.firstPosition &+ token)
        var member = 0
        while member < group {
            let source = Activation.bytes(firstHead &+ member &* size)
            head.prepare(
                activation,
                task,
                task.pointee.tensors.query + source,
                weight: task.pointee.tensors.queryNorm
            )
            scale?.multiply(head.values, count: size)
            convert(
                Float32Format.self,
                head.values,
                Float32Format.self,
                scratch.queries + (token &* group &+ member) &* size &* 4,
                count: size
            )
            member &+= 1
        }
        token &+= 1
    }
}

@inline(__always)
private func attendTiles(
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    _ rows: Int
) {
    switch task.pointee.cache {
    case .float16: attendTiles(Float16Format.self, task, item, scratch, rows)
    case .bfloat16: attendTiles(BFloat16Format.self, task, item, scratch, rows)
    case .int8: attendTiles(Int8Format.self, task, item, scratch, rows)
    case .float8e4m3fn: attendTiles(Float8Format.self, task, item, scratch, rows)
    case .int4: attendTiles(Int4Format.self, task, item, scratch, rows)
    case .float4e2m1: attendTiles(Float4Format.self, task, item, scratch, rows)
    default: attendTiles(Float32Format.self, task, item, scratch, rows)
    }
}

/// Goes through the tiles of keys that any row sees, in order of position.
@inline(__always)
private func attendTiles<Cache: ElementFormat>(
    _ cache: Cache.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    _ rows: Int
) {
    let begin = scratch.begins[0]
    let end = scratch.ends[rows &- 1]
    let tile = KeyTile(scratch.chunks)
    let next = KeyTile(scratch.chunks + 2 &* tileChunks)
    var item = item
    var base = begin / tileKeys &* tileKeys
    while base < end {
        for head in item.heads {
            item.keyValueHead = head
            let mapped = tile.locate(cache, task, item, base: base, begin: begin, end: end)
            guard mapped != 0 else { break }
            let after = base &+ tileKeys
            _ = next.locate(cache, task, item, base: after, begin: begin, end: end)
            let call = TileCall(cache, task, tile: tile, next: next, mapped: mapped, base: base)
            let part = scratch.part(head &- item.heads.lowerBound)
            if rows <= directRows {
                attendRows(cache, call, part, rows)
            } else {
                let copy = KeyTile(scratch.chunks + 4 &* tileChunks)
                copy.convert(cache, task, from: tile, next: next, part)
                attendRows(Float32Format.self, call.replacing(copy), part, rows)
            }
        }
        base &+= tileKeys
    }
}

/// Attends all rows to one tile: by fours, three as four, and what is left singly.
@inline(never)
func attendRows<Format: ElementFormat>(
    _ format: Format.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    _ rows: Int
) {
    var row = 0
    while rows &- row > 2 {
        attendTile(format, FourRows.self, call, scratch, first: row)
        row &+= 4
    }
    while row < rows {
        attendTile(format, OneRow.self, call, scratch, first: row)
        row &+= 1
    }
}
