internal import CPagedVector
internal import PagedAttention

/// Attends rows, whose queries and states are in the scratch memory from row 0 on, to one tile
/// where it is: up to eight at a time.
@inline(__always)
func attendInPlace<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    rows: Int
) {
    var first = 0
    while first < rows {
        let count = min(rows &- first, rowsInPlace)
        switch paddedRows(count) {
        case 1: attendInPlace(operand, OneRow.self, call, scratch, first: first, count)
        case 2: attendInPlace(operand, TwoRows.self, call, scratch, first: first, count)
        case 4: attendInPlace(operand, FourRows.self, call, scratch, first: first, count)
        default:
            if lanes >= 8 &* O.keysPerStep || lanes == 16 {
                attendInPlace(operand, EightRows.self, call, scratch, first: first, count)
            } else {
                attendInPlace(operand, FourRows.self, call, scratch, first: first, 4)
                let next = first &+ 4
                attendInPlace(operand, FourRows.self, call, scratch, first: next, count &- 4)
            }
        }
        first &+= count
    }
}

/// Attends `count` rows, at most as many as the micro-kernels take.
@inline(never)
private func attendInPlace<O: Operand, R: RowCount>(
    _ operand: O.Type,
    _ rows: R.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    _ count: Int
) {
    let union = call.union(scratch, first: first, count: count)
    guard !union.isEmpty else { return }
    scoreInPlace(operand, rows, call, scratch, first: first, union)
    var isShared = true
    var row = 0
    while row < count {
        let range = call.visible(scratch, first &+ row)
        isShared = isShared && range == union
        weigh(operand, call, scratch, first: first, row: row, range)
        row &+= 1
    }
    if isShared {
        InPlaceSum(call, scratch, row: first, weightRow: 0, union).add(operand, rows)
        return
    }
    row = 0
    while row < count {
        let range = call.visible(scratch, first &+ row)
        InPlaceSum(call, scratch, row: first &+ row, weightRow: row, range).addOneRow(operand)
        row &+= 1
    }
}

/// Dot products of the rows' queries with every key of the chunks that hold the range.
@inline(__always)
private func scoreInPlace<O: Operand, R: RowCount>(
    _ operand: O.Type,
    _ rows: R.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    _ range: KeyRange
) {
    let keys = lanes / R.rows
    let queries = scratch.queries + first &* scratch.queryStride
    var chunk = range.begin / chunkKeys
    while chunk &* chunkKeys < range.end {
        if let base = call.tile.keys[chunk] {
            var key = 0
            while key < chunkKeys {
                let place = chunk &* chunkKeys &+ key
                unroll16(keys) { k in
                    call.prefetch(call.next.keys, place &+ k, KeyRange(0, call.headBytes))
                }
                let sums = products(
                    operand,
                    rows,
                    queries,
                    queryStride: scratch.queryStride,
                    base + key &* call.stride + call.headOffset,
                    keyStride: call.stride,
                    channels: call.headSize
                )
                let target = scratch.logits + place &* 4
                pv_store_rows(target, tileKeys &* 4, Int32(truncatingIfNeeded: R.rows), sums)
                key &+= keys
            }
        }
        chunk &+= 1
    }
}

/// Dot products of the rows with `lanes / rows` keys: those of row r from lane r * keys on.
@inline(__always)
private func products<O: Operand, R: RowCount>(
    _ operand: O.Type,
    _ rows: R.Type,
    _ query: UnsafeRawPointer,
    queryStride: Int,
    _ key: UnsafeRawPointer,
    keyStride: Int,
    channels: Int
) -> Vector {
    var tile = zeroTile()
    var query = query
    var channel = 0
    while channel &+ O.channels <= channels {
        let offset = O.bytes(channel)
        addProducts(operand, rows, &tile, query, queryStride) {
            O.load(key + $0 &* keyStride + offset)
        }
        query += vectorBytes
        channel &+= O.channels
    }
    if O.channels > 8, channel < channels {
        let offset = O.bytes(channel)
        addProducts(operand, rows, &tile, query, queryStride) {
            O.loadPart(key + $0 &* keyStride + offset, count: channels &- channel)
        }
    }
    return O.sums(tile)
}

/// The vector of a tile that row r and key k of a micro-kernel sum into; see `sums`.
@inline(__always) private func place(_ row: Int, _ key: Int, keys: Int) -> Int {
    let lane = row &* keys &+ key
    return (lane & 3) &* quarters &+ lane >> 2
}

@inline(__always)
private func addProducts<O: Operand, R: RowCount>(
    _ operand: O.Type,
    _ rows: R.Type,
    _ tile: inout Tile,
    _ query: UnsafeRawPointer,
    _ queryStride: Int,
    _ loadKey: (Int) -> Vector
) {
    let keys = lanes / R.rows
    if R.rows == 1 {
        let x = pv_load(query)
        unroll16(keys) { k in
            let i = place(0, k, keys: keys)
            tile[i] = O.add(x, loadKey(k), tile[i])
        }
        return
    }
    var x = zeroTile()
    unroll8(R.rows) { r in x[r] = pv_load(query + r &* queryStride) }
    if R.rows == 2 {
        unroll8(keys) { k in
            let y = loadKey(k)
            let i = place(0, k, keys: keys)
            let j = place(1, k, keys: keys)
            tile[i] = O.add(x[0], y, tile[i])
            tile[j] = O.add(x[1], y, tile[j])
        }
        return
    }
    unroll4(keys) { k in
        let y = loadKey(k)
        unroll8(R.rows) { r in
            let i = place(r, k, keys: keys)
            tile[i] = O.add(x[r], y, tile[i])
        }
    }
}
