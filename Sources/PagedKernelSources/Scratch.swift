internal import PagedAttention

/// Keys that are processed together. Tiles start at multiples of it in absolute positions, so that
/// the arithmetic for a query does not depend on which call, tile or batch it is in.
@inline(__always) var tileKeys: Int { 32 }

/// Keys that lie together in memory whatever the block size is.
@inline(__always) var chunkKeys: Int { 16 }

/// Chunks of a tile.
@inline(__always) var tileChunks: Int { tileKeys / chunkKeys }

/// The memory of one work item, for up to `rows` query rows of each of `heads` key and value heads;
/// rows are padded to a multiple of 4.
///
///     queries       heads x rows x head size     normalised, rotated
///     accumulators  heads x rows x value width   weighted sums of values, not yet divided
///     logits        4 x tileKeys         of the rows in progress; then weights
///     maxima, sums  heads x rows         of the softmax so far
///     begins, ends  rows                 the positions that a row sees
///     keyTile, valueTile  tileKeys x head size     float32 copies
///     chunks        6 x tileChunks       where keys and values of a tile are
///     head          see `HeadRow`
struct Scratch {
    var queries: UnsafeMutableRawPointer
    var accumulators: UnsafeMutableRawPointer
    let logits: UnsafeMutableRawPointer
    var maxima: UnsafeMutablePointer<Float>
    var sums: UnsafeMutablePointer<Float>
    let begins: UnsafeMutablePointer<Int>
    let ends: UnsafeMutablePointer<Int>
    let keyTile: UnsafeMutableRawPointer
    let valueTile: UnsafeMutableRawPointer
    let chunks: UnsafeMutablePointer<UnsafeRawPointer?>
    let head: UnsafeMutableRawPointer
    private let rows: Int
    private let queryBytes: Int
    private let accumulatorBytes: Int

    @inline(__always) init(
        _ memory: UnsafeMutableRawPointer,
        rows: Int,
        heads: Int,
        headSize: Int,
        valueWidth: Int
    ) {
        let rowBytes = headSize &* 4
        queries = memory
        self.rows = rows
        queryBytes = rows &* rowBytes
        accumulatorBytes = rows &* valueWidth &* 4
        accumulators = queries + heads &* queryBytes
        keyTile = accumulators + heads &* accumulatorBytes
        valueTile = keyTile + tileKeys &* rowBytes
        logits = valueTile + tileKeys &* rowBytes
        begins = (logits + 16 &* tileKeys).assumingMemoryBound(to: Int.self)
        ends = begins + rows
        chunks = UnsafeMutableRawPointer(ends + rows)
            .assumingMemoryBound(to: UnsafeRawPointer?.self)
        maxima = UnsafeMutableRawPointer(chunks + 6 &* tileChunks)
            .assumingMemoryBound(to: Float.self)
        sums = maxima + heads &* rows
        head = UnsafeMutableRawPointer(sums + heads &* rows)
    }

    /// The memory as one of the item's key and value heads sees it: with its own rows.
    @inline(__always) func part(_ head: Int) -> Scratch {
        var part = self
        part.queries += head &* queryBytes
        part.accumulators += head &* accumulatorBytes
        part.maxima += head &* rows
        part.sums += head &* rows
        return part
    }

    @inline(__always) static func byteCount(_ task: UnsafePointer<KernelTask>) -> Int {
        let rows = paddedRows(task.pointee.tokensPerTile &* task.pointee.groupSize)
        let size = task.pointee.headSize
        let width = paddedChannels(task.pointee.valueHeadSize)
        let heads = task.pointee.headsPerItem
        let tensors = (heads &* rows &* (size &+ width) &+ 2 &* tileKeys &* size) &* 4
        let perRow = rows &* (16 &+ heads &* 8)
        return tensors &+ 16 &* tileKeys &+ perRow &+ 48 &* tileChunks
            &+ HeadRow.byteCount(headSize: size)
    }
}

/// The channels that are summed for a value head, a multiple of 8; those beyond its size are ignored.
@inline(__always) func paddedChannels(_ count: Int) -> Int { (count &+ 7) & ~7 }

@inline(__always) func paddedRows(_ rows: Int) -> Int { (rows &+ 3) & ~3 }
