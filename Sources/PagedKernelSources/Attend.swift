internal import CPagedVector
internal import PagedAttention

/// Up to this many rows, keys and values are read where they are; above, a tile is converted to
/// float32 once and shared by all rows. Both give the same bits.
@inline(__always) private var directRows: Int { 8 }

/// The attention of one work item: queries in, output rows out.
@inline(__always)
func attendItem<Activation: ElementFormat, Cache: ElementFormat>(
    _ activation: Activation.Type,
    _ cache: Cache.Type,
    _ task: UnsafePointer<KernelTask>,
    _ index: Int,
    _ memory: UnsafeMutableRawPointer
) {
    let item = WorkItem(task, index)
    let group = task.pointee.groupSize
    let size = task.pointee.headSize
    let rows = item.tokenCount &* group
    let scratch = Scratch(
        memory,
        rows: paddedRows(task.pointee.tokensPerTile &* group),
        headSize: size
    )
    prepareRows(scratch, size, rows)
    if item.firstPosition >= 0 {
        loadQueries(activation, task, item, scratch)
        item.storeRanges(task, scratch, rows: paddedRows(rows))
        attendTiles(cache, task, item, scratch, rows)
    }
    storeOutput(activation, task, item, scratch)
}

/// Clears queries and accumulators, padding rows included, and the softmax state.
@inline(__always)
private func prepareRows(_ scratch: Scratch, _ size: Int, _ rows: Int) {
    let count = paddedRows(rows) &* size
    var index = 0
    while index < count {
        pv_store_half(scratch.queries + index &* 4, splat(0))
        pv_store_half(scratch.accumulators + index &* 4, splat(0))
        index &+= lanes / 2
    }
    var row = 0
    while row < paddedRows(rows) {
        scratch.maxima[row] = -.infinity
        scratch.sums[row] = 0
        row &+= 1
    }
}

@inline(__always)
private func loadQueries<Activation: ElementFormat>(
    _ activation: Activation.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    let size = task.pointee.headSize
    let group = task.pointee.groupSize
    let head = HeadRow(scratch.head, headSize: size)
    var token = 0
    while token < item.tokenCount {
        let firstHead =
            (item.firstToken &+ token) &* task.pointee.tensors.queryStride
            &+ item.keyValueHead &* group &* size
        head.loadAngles(activation, task, position: item.firstPosition &+ token)
        var member = 0
        while member < group {
            let source = (firstHead &+ member &* size) &* Activation.byteCount
            head.prepare(
                activation,
                task,
                task.pointee.tensors.query + source,
                weight: task.pointee.tensors.queryNorm
            )
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
    var tile = KeyTile(scratch.chunks)
    var next = KeyTile(scratch.chunks + 2 &* tileChunks)
    var base = begin / tileKeys &* tileKeys
    var mapped = tile.locate(cache, task, item, base: base, begin: begin, end: end)
    while base < end {
        let after = base &+ tileKeys
        let nextMapped = next.locate(cache, task, item, base: after, begin: begin, end: end)
        if mapped != 0 {
            let call = TileCall(cache, task, tile: tile, next: next, mapped: mapped, base: base)
            if rows <= directRows {
                attendRows(cache, call, scratch, rows)
            } else {
                let copy = KeyTile(scratch.chunks + 4 &* tileChunks)
                copy.convert(cache, task, from: tile, scratch)
                attendRows(Float32Format.self, call.replacing(copy), scratch, rows)
            }
        }
        (tile, next) = (next, tile)
        mapped = nextMapped
        base = after
    }
}

/// Attends all rows to one tile: by fours, three as four, and what is left singly.
@inline(never)
private func attendRows<Format: ElementFormat>(
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
