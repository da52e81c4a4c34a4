internal import CPagedVector
internal import PagedAttention

/// What a group of rows needs to attend to one tile of keys.
struct TileCall {
    var tile: KeyTile
    /// The tile that follows, to prefetch; its addresses are nil where there is none.
    let next: KeyTile
    /// A bit for each chunk of the tile that is mapped.
    let mapped: Int
    /// The position of the tile's first key.
    let base: Int
    /// Bytes from a key to the next one in the tile, and in the cache.
    var stride: Int
    let cacheStride: Int
    /// Bytes of a row to prefetch; 0 for none.
    var prefetchBytes: Int
    let headSize: Int
    /// Channels of a row of sums; see `Scratch`.
    let valueWidth: Int
    let rule: LogitRule

    /// A call that reads keys and values where they are in the cache.
    @inline(__always)
    init<Cache: ElementFormat>(
        _ cache: Cache.Type,
        _ task: UnsafePointer<KernelTask>,
        tile: KeyTile,
        next: KeyTile,
        mapped: Int,
        base: Int
    ) {
        self.tile = tile
        self.next = next
        self.mapped = mapped
        self.base = base
        headSize = task.pointee.headSize
        valueWidth = paddedChannels(task.pointee.valueHeadSize)
        prefetchBytes = Cache.bytes(headSize)
        cacheStride = task.pointee.keyValueHeadCount &* prefetchBytes
        stride = cacheStride
        rule = LogitRule(scale: task.pointee.scale, softcap: task.pointee.softcap)
    }

    /// A call on float32 rows in the scratch memory, all of them mapped.
    @inline(__always)
    init(_ task: UnsafePointer<KernelTask>, copy: KeyTile, next: KeyTile) {
        tile = copy
        self.next = next
        mapped = (1 << tileChunks) &- 1
        base = 0
        headSize = task.pointee.headSize
        valueWidth = paddedChannels(task.pointee.valueHeadSize)
        prefetchBytes = 0
        cacheStride = headSize &* 4
        stride = cacheStride
        rule = LogitRule(scale: task.pointee.scale, softcap: task.pointee.softcap)
    }

    /// The same call on a float32 copy of its tile.
    @inline(__always) func replacing(_ copy: KeyTile) -> TileCall {
        var call = self
        call.tile = copy
        call.stride = headSize &* 4
        call.prefetchBytes = 0
        return call
    }
}

/// How many rows a group has: what the micro-kernels below are written for.
protocol RowCount {
    static var rows: Int { get }
}

enum FourRows: RowCount {
    @inline(__always) static var rows: Int { 4 }
}

enum OneRow: RowCount {
    @inline(__always) static var rows: Int { 1 }
}

/// Attends a group of rows, from row `first`, to one tile.
@inline(__always)
func attendTile<Format: ElementFormat, Rows: RowCount>(
    _ format: Format.Type,
    _ rows: Rows.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int
) {
    var union = KeyRange(begin: tileKeys, end: 0)
    var common = KeyRange(begin: 0, end: tileKeys)
    var r = 0
    while r < Rows.rows {
        let range = visible(call, scratch, first &+ r)
        union.begin = min(union.begin, range.begin)
        union.end = max(union.end, range.end)
        common.begin = max(common.begin, range.begin)
        common.end = min(common.end, range.end)
        r &+= 1
    }
    guard union.begin < union.end else { return }
    score(format, rows, call, scratch, first: first, union)
    r = 0
    while r < Rows.rows {
        weighRow(call, scratch, first &+ r, r)
        r &+= 1
    }
    accumulate(format, rows, call, scratch, first: first, common)
}

/// The keys of the tile that a row sees.
@inline(__always)
private func visible(_ call: TileCall, _ scratch: Scratch, _ row: Int) -> KeyRange {
    let begin = min(max(scratch.begins[row] &- call.base, 0), tileKeys)
    let end = min(scratch.ends[row] &- call.base, tileKeys)
    return KeyRange(begin: begin, end: max(begin, end))
}

/// Dot products of the group's queries with every key of the chunks that hold the range.
@inline(__always)
private func score<Format: ElementFormat, Rows: RowCount>(
    _ format: Format.Type,
    _ rows: Rows.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    _ range: KeyRange
) {
    let keys = lanes / Rows.rows
    let queries = scratch.queries + first &* call.headSize &* 4
    var chunk = range.begin / chunkKeys
    while chunk &* chunkKeys < range.end {
        if let base = call.tile.keys[chunk] {
            var key = 0
            while key < chunkKeys {
                prefetch(call, chunk, key, keys)
                scoreKeys(
                    format,
                    rows,
                    call,
                    queries,
                    base + key &* call.stride,
                    scratch.logits + (chunk &* chunkKeys &+ key) &* 4
                )
                key &+= keys
            }
        }
        chunk &+= 1
    }
}

@inline(__always)
private func scoreKeys<Format: ElementFormat, Rows: RowCount>(
    _ format: Format.Type,
    _ rows: Rows.Type,
    _ call: TileCall,
    _ queries: UnsafeRawPointer,
    _ key: UnsafeRawPointer,
    _ result: UnsafeMutableRawPointer
) {
    let size = call.headSize
    if Rows.rows == 4 {
        scoreFourRows(format, queries, key, keyStride: call.stride, channels: size, result)
    } else {
        scoreOneRow(format, queries, key, keyStride: call.stride, channels: size, result)
    }
}

/// Asks for the keys and values of the next tile that are where the current ones are in theirs.
@inline(__always)
private func prefetch(_ call: TileCall, _ chunk: Int, _ key: Int, _ keys: Int) {
    guard call.prefetchBytes > 0, let nextKey = call.next.keys[chunk],
        let nextValue = call.next.values[chunk]
    else { return }
    var k = key
    while k < key &+ keys {
        var offset = 0
        while offset < call.prefetchBytes {
            pv_prefetch(nextKey + k &* call.cacheStride + offset)
            pv_prefetch(nextValue + k &* call.cacheStride + offset)
            offset &+= 64
        }
        k &+= 1
    }
}

/// Turns the row's dot products into weights and brings what it has accumulated to its new maximum.
@inline(never)
private func weighRow(_ call: TileCall, _ scratch: Scratch, _ row: Int, _ weightRow: Int) {
    let range = visible(call, scratch, row)
    let factor = weigh(
        scratch.logits + weightRow &* tileKeys &* 4,
        begin: range.begin,
        end: range.end,
        mapped: call.mapped,
        call.rule,
        maximum: &scratch.maxima[row],
        sum: &scratch.sums[row]
    )
    guard factor != 1 else { return }
    let accumulator = scratch.accumulators + row &* call.valueWidth &* 4
    let f = splat(factor)
    var channel = 0
    while channel &+ lanes <= call.valueWidth {
        pv_store(accumulator + channel &* 4, pv_load(accumulator + channel &* 4) * f)
        channel &+= lanes
    }
    if lanes == 16, channel < call.valueWidth {
        pv_store_half(accumulator + channel &* 4, pv_load_half(accumulator + channel &* 4) * f)
    }
}

/// Adds the tile's values: for all rows at once over the keys that all see, row by row over the rest.
@inline(__always)
private func accumulate<Format: ElementFormat, Rows: RowCount>(
    _ format: Format.Type,
    _ rows: Rows.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    _ common: KeyRange
) {
    let shared = Rows.rows == 4 && common.begin < common.end
    let middle = shared ? common : KeyRange(begin: tileKeys, end: tileKeys)
    var r = 0
    while r < Rows.rows {
        let range = visible(call, scratch, first &+ r)
        let before = KeyRange(begin: range.begin, end: min(range.end, middle.begin))
        addSingly(format, call, scratch, first &+ r, r, before)
        r &+= 1
    }
    guard shared else { return }
    weightedSum(call, scratch, first, 0, common).addToFourRows(format)
    r = 0
    while r < Rows.rows {
        let range = visible(call, scratch, first &+ r)
        let after = KeyRange(begin: max(range.begin, middle.end), end: range.end)
        addSingly(format, call, scratch, first &+ r, r, after)
        r &+= 1
    }
}

@inline(__always)
private func weightedSum(
    _ call: TileCall,
    _ scratch: Scratch,
    _ row: Int,
    _ weightRow: Int,
    _ range: KeyRange
) -> WeightedSum {
    WeightedSum(
        accumulators: scratch.accumulators + row &* call.valueWidth &* 4,
        rowBytes: call.valueWidth &* 4,
        weights: scratch.logits + weightRow &* tileKeys &* 4,
        chunks: call.tile.values,
        stride: call.stride,
        range: range
    )
}

@inline(__always)
private func addSingly<Format: ElementFormat>(
    _ format: Format.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    _ row: Int,
    _ weightRow: Int,
    _ range: KeyRange
) {
    guard range.begin < range.end else { return }
    addToOneRow(format, weightedSum(call, scratch, row, weightRow, range))
}

@inline(never)
private func addToOneRow<Format: ElementFormat>(_ format: Format.Type, _ sum: WeightedSum) {
    sum.addToOneRow(format)
}
