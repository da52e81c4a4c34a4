internal import PagedAttention

/// How a call is cut into work items.
///
/// An item is one key and value head of one sequence, with its group of query heads, for up to
/// `tokensPerTile` new tokens. Results do not depend on the cut.
enum WorkPlan {
    /// Query rows that share a converted tile of keys: enough to make its conversion cheap, few
    /// enough for queries and sums to stay in the second-level cache.
    static let rowsPerTile = 64

    /// Tokens that one thread writes to the cache at a time.
    static let tokensPerWrite = 16

    /// Below this many multiplications of queries with keys, about 40 microseconds of one thread, a
    /// call runs on its own thread: waking another takes 5 to 20.
    static let serialLimit = 1 << 19

    static func tokensPerTile(_ shape: AttentionShape) -> Int {
        max(1, rowsPerTile / shape.groupSize)
    }

    /// Counts the query tiles of each sequence and, roughly, the multiplications of the call.
    ///
    /// - Returns: the number of items and of multiplications.
    static func count(_ plan: CallPlan, _ shape: AttentionShape) -> (items: Int, work: Int) {
        var tiles = 0
        var pairs = 0
        for sequence in 0..<shape.sequenceCount {
            plan.tileStarts[sequence] = Int32(truncatingIfNeeded: tiles)
            let count = Int(plan.starts[sequence + 1]) - Int(plan.starts[sequence])
            tiles += (count + plan.tokensPerTile - 1) / plan.tokensPerTile
            pairs += count * (max(Int(plan.past[sequence]), 0) + count)
        }
        plan.tileStarts[shape.sequenceCount] = Int32(truncatingIfNeeded: tiles)
        let perPair = shape.headCount * shape.headSize
        return (tiles * shape.keyValueHeadCount, saturatingProduct(pairs, perPair))
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
