internal import PagedAttention

/// How a call is cut into work items.
///
/// An item is a few key and value heads of one sequence, with their groups of query heads, for some
/// new tokens. Results do not depend on the cut.
enum WorkPlan {
    /// Memory for the queries and sums of an item: many rows share a converted tile of keys, and few
    /// enough that they stay in the second-level cache.
    static let rowBytes = 1 << 18

    /// Tokens that one thread writes to the cache at a time.
    static let tokensPerWrite = 16

    /// Below this many multiplications of queries with keys, about 40 microseconds of one thread, a
    /// call runs on its own thread: waking another takes 5 to 20.
    static let serialLimit = 1 << 19

    /// Up to this many query rows for each key head, keys and values are read once, so an item takes
    /// several heads: in a block their rows are neighbours in memory.
    static let decodeRows = 8

    /// Items for each thread, so that threads end at about the same time.
    static let itemsPerThread = 2

    /// Cuts a call, and fills in the tiles of the plan.
    static func cut(_ plan: CallPlan, _ shape: AttentionShape, threadCount: Int) -> WorkCut {
        var longest = 1
        for sequence in 0..<shape.sequenceCount {
            longest = max(longest, newTokens(plan, sequence))
        }
        let perRow = saturatingProduct(shape.headSize + shape.valueHeadSize, 4)
        let most = rowBytes / saturatingProduct(perRow, shape.groupSize)
        let tokensPerTile = min(longest, max(most, 1))
        var tiles = 0
        var pairs = 0
        for sequence in 0..<shape.sequenceCount {
            plan.tileStarts[sequence] = Int32(truncatingIfNeeded: tiles)
            let count = newTokens(plan, sequence)
            tiles += (count + tokensPerTile - 1) / tokensPerTile
            pairs += count * (max(Int(plan.past[sequence]), 0) + count)
        }
        plan.tileStarts[shape.sequenceCount] = Int32(truncatingIfNeeded: tiles)
        let heads = shape.keyValueHeadCount
        let isDecode = saturatingProduct(tokensPerTile, shape.groupSize) <= decodeRows
        let share = saturatingProduct(tiles, heads) / (itemsPerThread * max(threadCount, 1))
        let fair = threadCount == 1 ? heads : min(max(share, 1), heads)
        let headsPerItem = isDecode ? fair : 1
        return WorkCut(
            tokensPerTile: tokensPerTile,
            headsPerItem: headsPerItem,
            items: tiles * ((heads + headsPerItem - 1) / headsPerItem),
            work: saturatingProduct(pairs, shape.headCount * shape.headSize)
        )
    }

    private static func newTokens(_ plan: CallPlan, _ sequence: Int) -> Int {
        Int(plan.starts[sequence + 1]) - Int(plan.starts[sequence])
    }

    /// Roughly, the multiplications of queries with keys of a call of `SparsePagedAttention`.
    static func work(_ sparse: UnsafePointer<SparseTask>) -> Int {
        let task = sparse.pointee.task
        var pairs = saturatingProduct(task.tokenCount, sparse.pointee.selectedColumns)
        for sequence in 0..<task.sequenceCount where sparse.pointee.isLocal {
            let count = Int(task.starts[sequence + 1]) - Int(task.starts[sequence])
            let length = max(Int(task.past[sequence]), 0) + count
            pairs += count * (task.window > 0 ? min(task.window, length) : length)
        }
        return saturatingProduct(pairs, task.headCount * task.headSize)
    }
}

/// The work items of a call.
struct WorkCut {
    /// New tokens of one sequence that an item takes at most.
    let tokensPerTile: Int
    /// Key and value heads that an item takes at most.
    let headsPerItem: Int
    /// How many there are.
    let items: Int
    /// Roughly, the multiplications of queries with keys.
    let work: Int
}
