internal import CPagedVector
internal import PagedAttention

/// Attends all rows to a packed tile.
@inline(__always)
func attendPacked<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ tile: PackedTile,
    _ scratch: Scratch,
    rows: Int
) {
    var row = 0
    while row < rows {
        attendBlock(operand, call, tile, scratch, first: row)
        row &+= blockRows
    }
}

/// Attends a block of rows, padding included.
@inline(never)
private func attendBlock<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ tile: PackedTile,
    _ scratch: Scratch,
    first: Int
) {
    let union = call.union(scratch, first: first, count: blockRows)
    guard !union.isEmpty else { return }
    scoreRowsOfBlock(operand, tile, scratch, first: first, union)
    var row = 0
    while row < blockRows {
        let range = call.visible(scratch, first &+ row)
        weigh(operand, call, scratch, first: first, row: row, range)
        row &+= 1
    }
    let sums = scratch.states.accumulators + first &* tile.rowBytes
    if tile.isFinite {
        addBlock(operand, tile, sums, scratch, union)
        return
    }
    row = 0
    while row < blockRows {
        let range = call.visible(scratch, first &+ row)
        let weights = scratch.logits + row &* tileKeys &* 4
        addRow(operand, tile, sums + row &* tile.rowBytes, weights, range)
        row &+= 1
    }
}

/// Dot products of a block of rows with the keys that any of them sees, by whole blocks of keys.
@inline(__always)
private func scoreRowsOfBlock<O: Operand>(
    _ operand: O.Type,
    _ tile: PackedTile,
    _ scratch: Scratch,
    first: Int,
    _ range: KeyRange
) {
    let queries = UnsafeRawPointer(scratch.queries + first &* scratch.queryStride)
    var block = range.begin / lanes
    while block &* lanes < range.end {
        var row = 0
        while row < blockRows {
            scoreBlock(
                operand,
                tile.keys + block &* tile.blockBytes,
                queries + row &* scratch.queryStride,
                scratch,
                vectors: tile.vectors,
                scratch.logits + row &* tileKeys &* 4 + block &* vectorBytes
            )
            row &+= scoreRows
        }
        block &+= 1
    }
}

/// Dot products of `scoreRows` rows with `lanes` keys: a pass for two quarters of the query vectors, of
/// which 16 lanes have four.
@inline(__always)
private func scoreBlock<O: Operand>(
    _ operand: O.Type,
    _ keys: UnsafeRawPointer,
    _ queries: UnsafeRawPointer,
    _ scratch: Scratch,
    vectors: Int,
    _ result: UnsafeMutableRawPointer
) {
    let together = min(quarters, lanes == 16 ? 2 : 1)
    var quarter = 0
    while quarter < quarters {
        var tile = zeroTile()
        var key = keys + quarter &* 4 &* vectorBytes
        var query = queries + quarter &* 16
        var vector = 0
        while vector < vectors {
            unroll4(together) { q in
                addQuarter(
                    operand,
                    &tile,
                    first: q &* 4 &* scoreRows,
                    key + q &* 4 &* vectorBytes,
                    query + q &* 16,
                    scratch.queryStride
                )
            }
            key += lanes &* vectorBytes
            query += vectorBytes
            vector &+= 1
        }
        unroll16(4 &* scoreRows) { i in
            if together == 2 { tile[i] = O.plus(tile[i], tile[i &+ 4 &* scoreRows]) }
            if quarter > 0 {
                tile[i] = O.plus(pv_load(scratch.partial + i &* vectorBytes), tile[i])
            }
        }
        quarter &+= together
        if quarter < quarters {
            unroll16(4 &* scoreRows) { i in
                pv_store(scratch.partial + i &* vectorBytes, tile[i])
            }
        } else {
            storeSums(operand, &tile, result)
        }
    }
}

/// Adds within quarters, and stores a row of `lanes` dot products for each row.
@inline(__always)
private func storeSums<O: Operand>(
    _ operand: O.Type,
    _ tile: inout Tile,
    _ result: UnsafeMutableRawPointer
) {
    unroll4(scoreRows) { r in
        let i = r &* 4
        let sums = O.sumsOfQuarters(tile[i], tile[i &+ 1], tile[i &+ 2], tile[i &+ 3])
        pv_store(result + r &* tileKeys &* 4, sums)
    }
}

/// Products of one quarter of the queries with the keys, four vectors for each row.
@inline(__always)
private func addQuarter<O: Operand>(
    _ operand: O.Type,
    _ tile: inout Tile,
    first: Int,
    _ key: UnsafeRawPointer,
    _ query: UnsafeRawPointer,
    _ queryStride: Int
) {
    // One register more than the rows take: eight lanes have sixteen registers in all.
    var x = zeroTile()
    unroll4(scoreRows) { r in x[r] = pv_load_quarter(query + r &* queryStride) }
    unroll4(4) { n in
        let y = pv_load(key + n &* vectorBytes)
        unroll4(scoreRows) { r in
            let i = first &+ r &* 4 &+ n
            if i < 24 { tile[i] = O.add(x[r], y, tile[i]) }
        }
    }
}

/// Adds weight times value to the sums of a block of rows, for each key in the range in order. The
/// weights of keys that a row does not see are 0.
@inline(__always)
private func addBlock<O: Operand>(
    _ operand: O.Type,
    _ tile: PackedTile,
    _ sums: UnsafeMutableRawPointer,
    _ scratch: Scratch,
    _ range: KeyRange
) {
    var offset = 0
    while offset < tile.rowBytes {
        let isWide = offset &+ 4 &* vectorBytes <= tile.rowBytes
        var row = 0
        while row < blockRows {
            let target = sums + row &* tile.rowBytes
            if isWide {
                addRows(operand, vectors: 4, tile, target, scratch, row: row, range, offset)
            } else {
                addRows(operand, vectors: 1, tile, target, scratch, row: row, range, offset)
            }
            row &+= sumRows
        }
        offset &+= isWide ? 4 &* vectorBytes : vectorBytes
    }
}

/// The same for `sumRows` rows and some vectors of channels.
@inline(__always)
private func addRows<O: Operand>(
    _ operand: O.Type,
    vectors: Int,
    _ tile: PackedTile,
    _ sums: UnsafeMutableRawPointer,
    _ scratch: Scratch,
    row: Int,
    _ range: KeyRange,
    _ offset: Int
) {
    let weights = UnsafeRawPointer(scratch.logits + row &* tileKeys &* 4)
    var accumulators = zeroTile()
    unroll8(sumRows) { r in
        unroll4(vectors) { v in
            let i = r &* vectors &+ v
            let place = offset &+ r &* tile.rowBytes &+ v &* vectorBytes
            if i < 24, !O.isInteger { accumulators[i] = pv_load(sums + place) }
        }
    }
    var step = range.begin / O.keysPerStep
    let end = (range.end &+ O.keysPerStep &- 1) / O.keysPerStep
    var value = UnsafeRawPointer(tile.values) + step &* tile.rowBytes + offset
    while step < end {
        addStep(operand, vectors: vectors, &accumulators, value) { r in
            let place = (r &* tileKeys &+ step) &* 4
            return pv_load_lane(weights + place)
        }
        value += tile.rowBytes
        step &+= 1
    }
    unroll8(sumRows) { r in
        unroll4(vectors) { v in
            let i = r &* vectors &+ v
            let place = offset &+ r &* tile.rowBytes &+ v &* vectorBytes
            if i < 24 { O.store(accumulators[i], scratch.factors[row &+ r], sums + place) }
        }
    }
}

/// Products of the rows' weights with some vectors of values. Whichever is more of them is loaded one
/// at a time, so that everything stays in registers.
@inline(__always)
private func addStep<O: Operand>(
    _ operand: O.Type,
    vectors: Int,
    _ accumulators: inout Tile,
    _ value: UnsafeRawPointer,
    _ weight: (Int) -> Vector
) {
    var kept = zeroTile()
    if vectors < sumRows {
        unroll4(vectors) { v in kept[v] = pv_load(value + v &* vectorBytes) }
        unroll8(sumRows) { r in
            let x = weight(r)
            unroll4(vectors) { v in
                let i = r &* vectors &+ v
                if i < 24 { accumulators[i] = O.add(x, kept[v], accumulators[i]) }
            }
        }
    } else {
        unroll8(sumRows) { r in kept[r] = weight(r) }
        unroll4(vectors) { v in
            let y = pv_load(value + v &* vectorBytes)
            unroll8(sumRows) { r in
                let i = r &* vectors &+ v
                if i < 24 { accumulators[i] = O.add(kept[r], y, accumulators[i]) }
            }
        }
    }
}

/// The same for one row, leaving out what it does not see: where a value may be infinite or NaN.
@inline(never)
private func addRow<O: Operand>(
    _ operand: O.Type,
    _ tile: PackedTile,
    _ sums: UnsafeMutableRawPointer,
    _ weights: UnsafeRawPointer,
    _ range: KeyRange
) {
    var step = range.begin / O.keysPerStep
    while step &* O.keysPerStep < range.end {
        let weight = pv_load_lane(weights + step &* 4)
        var offset = 0
        while offset < tile.rowBytes {
            var value = pv_load(tile.values + step &* tile.rowBytes + offset)
            if O.keysPerStep == 2 {
                if 2 &* step < range.begin { value = pv_second_of_pairs(value) }
                if 2 &* step &+ 1 >= range.end { value = pv_first_of_pairs(value) }
            }
            pv_store(sums + offset, O.add(weight, value, pv_load(sums + offset)))
            offset &+= vectorBytes
        }
        step &+= 1
    }
}
