internal import PagedAttention

/// Keys that are processed together. Tiles start at multiples of it in absolute positions, so that
/// the arithmetic for a query does not depend on which call, tile or batch it is in.
@inline(__always) var tileKeys: Int { 32 }

/// Keys that lie together in memory whatever the block size is.
@inline(__always) var chunkKeys: Int { 16 }

/// Chunks of a tile.
@inline(__always) var tileChunks: Int { tileKeys / chunkKeys }

/// The memory of one work item, for up to `rows` query rows; rows are padded to a multiple of 4.
///
///     queries       rows x head size     normalised, rotated
///     accumulators  rows x value width   weighted sums of values, not yet divided
///     logits        4 x tileKeys         of the rows in progress; then weights
///     maxima, sums  rows                 of the softmax so far
///     begins, ends  rows                 the positions that a row sees
///     keyTile, valueTile  tileKeys x head size     float32 copies
///     chunks        6 x tileChunks       where keys and values of a tile are
///     head          see `HeadRow`
struct Scratch {
    let queries: UnsafeMutableRawPointer
    let accumulators: UnsafeMutableRawPointer
    let logits: UnsafeMutableRawPointer
    let maxima: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Float>
    let begins: UnsafeMutablePointer<Int>
    let ends: UnsafeMutablePointer<Int>
    let keyTile: UnsafeMutableRawPointer
    let valueTile: UnsafeMutableRawPointer
    let chunks: UnsafeMutablePointer<UnsafeRawPointer?>
    let head: UnsafeMutableRawPointer

    @inline(__always) init(
        _ memory: UnsafeMutableRawPointer,
        rows: Int,
        headSize: Int,
        valueWidth: Int
    ) {
        let rowBytes = headSize &* 4
        queries = memory
        accumulators = queries + rows &* rowBytes
        keyTile = accumulators + rows &* valueWidth &* 4
        valueTile = keyTile + tileKeys &* rowBytes
        logits = valueTile + tileKeys &* rowBytes
        begins = (logits + 16 &* tileKeys).assumingMemoryBound(to: Int.self)
        ends = begins + rows
        chunks = UnsafeMutableRawPointer(ends + rows)
            .assumingMemoryBound(to: UnsafeRawPointer?.self)
        maxima = UnsafeMutableRawPointer(chunks + 6 &* tileChunks)
            .assumingMemoryBound(to: Float.self)
        sums = maxima + rows
        head = UnsafeMutableRawPointer(sums + rows)
    }

    @inline(__always) static func byteCount(_ task: UnsafePointer<KernelTask>) -> Int {
        let rows = paddedRows(task.pointee.tokensPerTile &* task.pointee.groupSize)
        let size = task.pointee.headSize
        let width = paddedChannels(task.pointee.valueHeadSize)
        let tensors = (rows &* (size &+ width) &+ 2 &* tileKeys &* size) &* 4
        let perRow = rows &* 24
        return tensors &+ 16 &* tileKeys &+ perRow &+ 48 &* tileChunks
            &+ HeadRow.byteCount(headSize: size)
    }
}

/// The channels that are summed for a value head, a multiple of 8; those beyond its size are ignored.
@inline(__always) func paddedChannels(_ count: Int) -> Int { (count &+ 7) & ~7 }

@inline(__always) func paddedRows(_ rows: Int) -> Int { (rows &+ 3) & ~3 }
