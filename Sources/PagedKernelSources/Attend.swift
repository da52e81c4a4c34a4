internal import CPagedVector
internal import PagedAttention

/// The attention of one work item: queries in, output rows (or what parts have accumulated) out.
@inline(__always)
func attendItem(
    _ task: UnsafePointer<KernelTask>,
    _ index: Int,
    _ memory: UnsafeMutableRawPointer
) {
    let item = WorkItem(task, task.pointee.items[index])
    let scratch = Scratch(memory, task)
    switch task.pointee.cache {
    case .float16: attendItem(Widened<Float16Format>.self, task, item, scratch)
    case .bfloat16:
        if hasPairs {
            attendItem(Paired.self, task, item, scratch)
        } else {
            attendItem(Widened<BFloat16Format>.self, task, item, scratch)
        }
    case .int8: attendItem(Integers<Int8Format>.self, task, item, scratch)
    case .float8e4m3fn: attendItem(Widened<Float8Format>.self, task, item, scratch)
    case .int4: attendItem(Integers<Int4Format>.self, task, item, scratch)
    case .float4e2m1: attendItem(Integers<Float4Format>.self, task, item, scratch)
    default: attendItem(Widened<Float32Format>.self, task, item, scratch)
    }
}

@inline(never)
private func attendItem<O: Operand>(
    _ operand: O.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) {
    var item = item
    let rows = item.rows(task)
    let padded = paddedRows(rows)
    for head in item.heads {
        item.keyValueHead = head
        let part = scratch.part(head &- item.heads.lowerBound)
        part.states.clear(rows: padded)
        if item.firstPosition >= 0 {
            clearQueries(task, part, rows: rows, padded: padded)
            let isPaired = O.keysPerStep == 2 && !O.isInteger
            loadQueries(
                task,
                item,
                part,
                inPairs: isPaired,
                unit: O.isInteger ? O.unit : nil
            )
        }
    }
    let isWhole = item.firstPosition < 0 || attendParts(operand, task, item, scratch)
    guard item.slot < 0 else { return }
    for head in item.heads {
        item.keyValueHead = head
        let part = scratch.part(head &- item.heads.lowerBound)
        storeOutput(task, item, part, isWhole ? part.states : part.totals)
    }
}

/// Goes through the parts that any row sees.
///
/// - Returns: whether it was one part, so that its states are the item's; else they are in the
///   totals or in the item's slots.
@inline(__always)
private func attendParts<O: Operand>(
    _ operand: O.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch
) -> Bool {
    let partKeys = KernelItem.partKeys
    let rows = paddedRows(item.rows(task))
    let seen = item.storeRanges(task, scratch)
    let end = min(seen.end, (item.firstPart &+ item.partCount) &* partKeys)
    var begin = max(seen.begin, item.firstPart &* partKeys)
    let isWhole = begin / partKeys >= (end &- 1) / partKeys
    var isFirst = true
    while begin < end {
        let part = begin / partKeys
        let limit = min(end, (part &+ 1) &* partKeys)
        attendTiles(operand, task, item, scratch, KeyRange(begin, limit))
        for head in item.heads {
            let own = scratch.part(head &- item.heads.lowerBound)
            if item.slot >= 0 {
                let slot = item.state(task, part: part, head: head, width: scratch.width)
                slot.clear(rows: rows)
                slot.add(own.states, rows: rows)
            } else if !isWhole {
                if isFirst { own.totals.clear(rows: rows) }
                own.totals.add(own.states, rows: rows)
                own.states.clear(rows: rows)
            }
        }
        isFirst = false
        begin = limit
    }
    return isWhole
}

/// Goes through the tiles of keys that any row sees, in order of position, for each head.
@inline(__always)
private func attendTiles<O: Operand>(
    _ operand: O.Type,
    _ task: UnsafePointer<KernelTask>,
    _ item: WorkItem,
    _ scratch: Scratch,
    _ range: KeyRange
) {
    let rows = item.rows(task)
    let tile = KeyTile(scratch.chunks)
    let next = KeyTile(scratch.chunks + 2 &* tileChunks)
    let later = KeyTile(scratch.chunks + 4 &* tileChunks)
    var base = range.begin / tileKeys &* tileKeys
    var mapped = tile.locate(operand, task, item, base: base, range)
    var following = next.locate(operand, task, item, base: base &+ tileKeys, range)
    while base < range.end {
        let last = later.locate(operand, task, item, base: base &+ 2 &* tileKeys, range)
        if mapped != 0 {
            let keys = KeyRange(max(range.begin &- base, 0), min(range.end &- base, tileKeys))
            var call = TileCall(
                operand,
                task,
                item,
                tile: tile,
                next: next,
                mapped: mapped,
                base: base
            )
            for head in item.heads {
                call.head = head &- item.heads.lowerBound
                attendTile(operand, call, scratch.part(call.head), keys, later, rows: rows)
            }
        }
        tile.copy(next)
        next.copy(later)
        mapped = following
        following = last
        base &+= tileKeys
    }
}

/// Attends the rows of one head to a tile: in place if they are few.
@inline(__always)
private func attendTile<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    _ keys: KeyRange,
    _ later: KeyTile,
    rows: Int
) {
    if rows <= rowsInPlace {
        call.touch(later)
        attendInPlace(operand, call, scratch, rows: rows)
    } else {
        var packed = PackedTile(operand, call, scratch)
        packed.fill(operand, call, keys, zeros: scratch.zeros)
        attendPacked(operand, call, packed, scratch, rows: rows)
    }
}

/// Adds up the parts of one head that items have left in slots, and stores the output.
@inline(__always)
func combineItem(
    _ task: UnsafePointer<KernelTask>,
    _ index: Int,
    _ memory: UnsafeMutableRawPointer
) {
    let item = WorkItem(task, task.pointee.combinations[index])
    let scratch = Scratch(memory, task)
    let rows = paddedRows(item.rows(task))
    scratch.totals.clear(rows: rows)
    var part = item.firstPart
    while part < item.firstPart &+ item.partCount {
        let slot = item.state(
            task,
            part: part,
            head: item.keyValueHead,
            width: scratch.width
        )
        scratch.totals.add(slot, rows: rows)
        part &+= 1
    }
    storeOutput(task, item, scratch, scratch.totals)
}

/// The memory of one slot.
@inline(__always) func slotSize(_ task: UnsafePointer<KernelTask>) -> Int {
    RowStates.byteCount(
        rows: task.pointee.rowsPerSlot,
        width: paddedChannels(task.pointee.valueHeadSize)
    )
}
