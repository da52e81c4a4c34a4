internal import CPagedVector
internal import PagedAttention

/// Keys that are processed together. Tiles start at multiples of it in absolute positions, so that
/// the arithmetic for a query does not depend on which call, item or batch it is in.
@inline(__always) var tileKeys: Int { 64 }

/// Keys that lie together in memory whatever the block size is.
@inline(__always) var chunkKeys: Int { 16 }

/// Chunks of a tile.
@inline(__always) var tileChunks: Int { tileKeys / chunkKeys }

/// Rows that go through a packed tile together, so that they find it in the first-level cache.
@inline(__always) var blockRows: Int { 12 }

/// Rows that the micro-kernels over packed tiles take: of dot products, and of weighted sums. With four
/// vectors of sums for each (twice that for dot products on 16 lanes) they fill the registers.
@inline(__always) var scoreRows: Int { 3 }
@inline(__always) var sumRows: Int { lanes == 16 ? 6 : 3 }

/// Up to this many rows attend to keys and values where they are; more share a packed copy of each
/// tile. Both give the same bits.
@inline(__always) var rowsInPlace: Int { 8 }

/// Rows padded to what the micro-kernels take.
@inline(__always) func paddedRows(_ rows: Int) -> Int {
    guard rows <= rowsInPlace else { return (rows &+ blockRows &- 1) / blockRows &* blockRows }
    return rows <= 2 ? rows : rows <= 4 ? 4 : 8
}

/// Channels of a row of sums: whole vectors of pairs. Those beyond the head's are ignored.
@inline(__always) func paddedChannels(_ count: Int) -> Int {
    let unit = 2 &* lanes
    return (count &+ unit &- 1) / unit &* unit
}

/// The memory of one work item, for up to `rows` query rows of each of `heads` key and value heads.
///
///     queries       heads x rows x head size      normalised, rotated; padded with zeros
///     states        heads x rows, twice           see `RowStates`: of the part in progress, of all
///     keyTile       tileKeys x head size          a packed tile
///     valueTile     tileKeys x head size
///     partial       12 vectors                    sums of quarters
///     logits        12 x tileKeys                 of the rows in progress; then weights
///     units         heads x rows                  what 1 stands for in a row of integer queries
///     factors       12                            what 1 stands for in the sums of weighted integers
///     begins, ends  rows                          the positions that a row sees
///     chunks        6 x tileChunks                where keys and values of three tiles are
///     zeros         head size                     the row of a key that is not there
///     head          see `HeadRow`
struct Scratch {
    var queries: UnsafeMutableRawPointer
    /// Of the part in progress, and of the parts before.
    var states: RowStates
    var totals: RowStates
    let keyTile: UnsafeMutableRawPointer
    let valueTile: UnsafeMutableRawPointer
    let partial: UnsafeMutableRawPointer
    let logits: UnsafeMutableRawPointer
    var units: UnsafeMutablePointer<Float>
    let factors: UnsafeMutablePointer<Float>
    let begins: UnsafeMutablePointer<Int>
    let ends: UnsafeMutablePointer<Int>
    let chunks: UnsafeMutablePointer<UnsafeRawPointer?>
    let zeros: UnsafeMutableRawPointer
    let head: UnsafeMutableRawPointer
    /// Bytes from a row of queries to the next.
    let queryStride: Int
    /// Channels of a row of sums.
    let width: Int
    private let rows: Int

    @inline(__always) init(_ memory: UnsafeMutableRawPointer, _ task: UnsafePointer<KernelTask>) {
        let sizes = ScratchSizes(task)
        rows = sizes.rows
        width = sizes.width
        queryStride = sizes.channels &* 4
        queries = memory
        var next = memory + sizes.heads &* rows &* queryStride
        states = RowStates(next, rows: sizes.heads &* rows, width: width)
        next += RowStates.byteCount(rows: sizes.heads &* rows, width: width)
        totals = RowStates(next, rows: sizes.heads &* rows, width: width)
        next += RowStates.byteCount(rows: sizes.heads &* rows, width: width)
        keyTile = next
        valueTile = keyTile + tileKeys &* queryStride
        partial = valueTile + tileKeys &* queryStride
        logits = partial + 4 &* scoreRows &* vectorBytes
        zeros = logits + 4 &* blockRows &* tileKeys
        units = (zeros + sizes.channels &* 4).assumingMemoryBound(to: Float.self)
        factors = units + sizes.heads &* rows
        begins = UnsafeMutableRawPointer(factors + 16).assumingMemoryBound(to: Int.self)
        ends = begins + rows
        chunks = UnsafeMutableRawPointer(ends + rows)
            .assumingMemoryBound(to: UnsafeRawPointer?.self)
        head = UnsafeMutableRawPointer(chunks + 6 &* tileChunks)
        var offset = 0
        while offset < sizes.channels &* 4 {
            pv_store(zeros + offset, splat(0))
            offset &+= vectorBytes
        }
    }

    /// The memory as one of the item's key and value heads sees it: with its own rows.
    @inline(__always) func part(_ head: Int) -> Scratch {
        var part = self
        part.queries += head &* rows &* queryStride
        part.units += head &* rows
        part.states = states.advanced(by: head &* rows)
        part.totals = totals.advanced(by: head &* rows)
        return part
    }

    @inline(__always) static func byteCount(_ task: UnsafePointer<KernelTask>) -> Int {
        let sizes = ScratchSizes(task)
        let rows = sizes.heads &* sizes.rows
        let states = RowStates.byteCount(rows: rows, width: sizes.width)
        let perRow = rows &* sizes.channels &* 4 &+ 2 &* states
        let tiles = 8 &* tileKeys &* sizes.channels
        let logits = 4 &* (scoreRows &* vectorBytes &+ blockRows &* tileKeys)
        let fixed = logits &+ 4 &* sizes.channels &+ 48 &* tileChunks
        return perRow &+ tiles &+ fixed &+ 4 &* rows &+ 64 &+ 16 &* sizes.rows
            &+ HeadRow.byteCount(headSize: task.pointee.headSize)
    }
}

/// What the scratch memory of a call is made for.
private struct ScratchSizes {
    let rows: Int
    let heads: Int
    let channels: Int
    let width: Int

    @inline(__always) init(_ task: UnsafePointer<KernelTask>) {
        // A multiple of what any micro-kernel takes.
        rows = (task.pointee.rowsPerItem &+ 23) / 24 &* 24
        heads = task.pointee.headsPerItem
        channels = paddedChannels(task.pointee.headSize)
        width = paddedChannels(task.pointee.valueHeadSize)
    }
}
