internal import CPagedVector
internal import PagedAttention

/// Where a chunk's codes come from: four vectors, of four bytes of each column.
protocol CodeSource {
    static func load(_ tile: ProductTile, _ chunk: Int) -> InlineArray<4, Vector>
}

/// Codes where they lie.
enum ColumnCodes: CodeSource {
    @inline(__always)
    static func load(_ tile: ProductTile, _ chunk: Int) -> InlineArray<4, Vector> {
        tile.prefetch(chunk)
        let a = pv_load_columns(tile.columns, 0, 16 &* chunk)
        let b = pv_load_columns(tile.columns, 1, 16 &* chunk)
        let c = pv_load_columns(tile.columns, 2, 16 &* chunk)
        let d = pv_load_columns(tile.columns, 3, 16 &* chunk)
        return [
            pv_column_words(a, b, c, d, 0), pv_column_words(a, b, c, d, 1),
            pv_column_words(a, b, c, d, 2), pv_column_words(a, b, c, d, 3),
        ]
    }
}

/// Codes that a tile has packed.
enum PackedCodes: CodeSource {
    @inline(__always)
    static func load(_ tile: ProductTile, _ chunk: Int) -> InlineArray<4, Vector> {
        let codes = tile.codes + 4 &* chunk &* vectorBytes
        return [
            pv_load(codes), pv_load(codes + vectorBytes), pv_load(codes + 2 &* vectorBytes),
            pv_load(codes + 3 &* vectorBytes),
        ]
    }
}

/// Multiplies all rows by the columns of an item.
@inline(__always)
func multiplyItem(
    _ task: UnsafePointer<MatMulNBitsTask>,
    _ item: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    switch task.pointee.activation {
    case .float16: multiplyItem(Float16Format.self, task, item, scratch)
    case .bfloat16: multiplyItem(BFloat16Format.self, task, item, scratch)
    default: multiplyItem(Float32Format.self, task, item, scratch)
    }
}

/// Rows that are multiplied together: as many as leave registers for the codes.
@inline(__always) private var rowsTogether: Int { lanes == 16 ? 8 : 4 }

@inline(never)
private func multiplyItem<Format: ActivationFormat>(
    _ format: Format.Type,
    _ task: UnsafePointer<MatMulNBitsTask>,
    _ item: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    let rows = task.pointee.rowCount
    var column = item &* task.pointee.columnsPerItem
    let end = min(column &+ task.pointee.columnsPerItem, task.pointee.columnCount)
    while column < end {
        let tile = ProductTile(task, first: column, scratch)
        tile.prepare(format)
        if rows <= rowsTogether {
            multiply(ColumnCodes.self, tile, row: 0, count: rows)
            storeSums(format, tile, row: 0, count: rows)
        } else {
            tile.pack()
            var row = 0
            while row < rows {
                let count = min(rowsTogether, rows &- row)
                multiply(PackedCodes.self, tile, row: row, count: count)
                storeSums(format, tile, row: row, count: count)
                row &+= count
            }
        }
        column &+= lanes
    }
}

/// The sums of up to `rowsTogether` rows, some more for padding.
@inline(__always)
private func multiply<Source: CodeSource>(
    _ source: Source.Type,
    _ tile: ProductTile,
    row: Int,
    count: Int
) {
    switch count {
    case 1: multiply(source, OneRow.self, tile, row)
    case 2: multiply(source, TwoRows.self, tile, row)
    case 3, 4: multiply(source, FourRows.self, tile, row)
    default: if lanes == 16 { multiply(source, EightRows.self, tile, row) }
    }
}

/// Adds up chunk by chunk, so that a row's bits depend on neither the other rows nor the columns:
/// a chunk's products are integers, its sum times both scales is added in float32.
@inline(never)
private func multiply<Source: CodeSource, R: RowCount>(
    _ source: Source.Type,
    _ count: R.Type,
    _ tile: ProductTile,
    _ row: Int
) {
    let rows = ProductRow(tile.task, row: row)
    let stride = tile.task.pointee.rowBytes
    var sums = zeroTile()
    var chunk = 0
    while chunk < tile.chunkCount {
        let codes = Source.load(tile, chunk)
        let numbers = UnsafeRawPointer(rows.numbers + chunk &* chunkSize)
        let starts = starts(count, tile, rows, chunk)
        var products = zeroTile()
        unroll8(R.rows) { r in products[r] = pv_begin_bytes(starts[r]) }
        addWord(count, &products, codes[0], numbers, stride)
        addWord(count, &products, codes[1], numbers + 4, stride)
        addWord(count, &products, codes[2], numbers + 8, stride)
        addWord(count, &products, codes[3], numbers + 12, stride)
        let scale = pv_load(tile.scales + chunk &* vectorBytes)
        unroll8(R.rows) { r in
            let sum = pv_end_bytes(products[r], starts[r])
            let both = pv_load_lane(rows.scales + (r &* stride &+ 4 &* chunk)) * scale
            sums[r] = multiplyAdd(sum, both, sums[r])
        }
        chunk &+= 1
    }
    unroll8(R.rows) { r in pv_store(tile.sums + r &* vectorBytes, sums[r]) }
}

/// What each row's sum of a chunk's products starts from: what the codes' zero points make of its numbers.
@inline(__always)
private func starts<R: RowCount>(
    _ count: R.Type,
    _ tile: ProductTile,
    _ rows: ProductRow,
    _ chunk: Int
) -> Tile {
    let stride = tile.task.pointee.rowBytes
    let start = rows.starts + 4 &* chunk
    var starts = zeroTile()
    if let zeroPoints = tile.zeroPoints {
        let zero = pv_load(zeroPoints + chunk &* vectorBytes)
        unroll8(R.rows) { r in
            starts[r] = pv_add_integers(zero, pv_load_lane(start + r &* stride), splat(0))
        }
    } else {
        unroll8(R.rows) { r in starts[r] = pv_load_lane(start + r &* stride) }
    }
    return starts
}

/// Adds the products of a word of every column, four codes in even channels and four in odd ones.
@inline(__always)
private func addWord<R: RowCount>(
    _ count: R.Type,
    _ products: inout Tile,
    _ codes: Vector,
    _ numbers: UnsafeRawPointer,
    _ stride: Int
) {
    let lower = pv_lower_codes(codes)
    let upper = pv_upper_codes(codes)
    unroll8(R.rows) { r in
        let a = numbers + r &* stride
        products[r] = pv_add_bytes(lower, pv_load_lane(a), products[r])
        products[r] = pv_add_bytes(upper, pv_load_lane(a + 16), products[r])
    }
}

/// Adds the bias, and stores what there are of rows and columns.
@inline(__always)
private func storeSums<Format: ActivationFormat>(
    _ format: Format.Type,
    _ tile: ProductTile,
    row: Int,
    count: Int
) {
    let task = tile.task
    let bytes = Format.bytes(tile.columnCount)
    var bias = splat(0)
    if let source = task.pointee.bias {
        bias = load(format, source + Format.bytes(tile.first), tile)
    }
    var index = 0
    while index < count {
        let place = (row &+ index) &* task.pointee.columnCount &+ tile.first
        let target = task.pointee.output + Format.bytes(place)
        let sums = tile.sums + index &* vectorBytes
        var value = pv_load(sums)
        if task.pointee.bias != nil { value = value + bias }
        if tile.columnCount == lanes {
            Format.store(value, target)
        } else {
            Format.store(value, sums)
            target.copyMemory(from: sums, byteCount: bytes)
        }
        index &+= 1
    }
}

/// A vector of what there are of a tile's columns.
@inline(__always)
private func load<Format: ActivationFormat>(
    _ format: Format.Type,
    _ source: UnsafeRawPointer,
    _ tile: ProductTile
) -> Vector {
    if tile.columnCount == lanes { return Format.load(source) }
    // The columns' codes have been read.
    let copy = UnsafeMutableRawPointer(tile.columns)
    copy.copyMemory(from: source, byteCount: Format.bytes(tile.columnCount))
    return Format.load(copy)
}
