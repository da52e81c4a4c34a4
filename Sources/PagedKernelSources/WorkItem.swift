internal import PagedAttention

/// What one work item attends: the query heads of a few key and value heads, for a few tokens of one
/// sequence. For each key and value head, a row is one query head of one token; rows are ordered by
/// token, then head.
struct WorkItem {
    let sequence: Int
    /// The heads, `keyValueHead` being the one that is attended to.
    let heads: Range<Int>
    var keyValueHead: Int
    let firstToken: Int
    let tokenCount: Int
    /// The position of the first token; -1 if the sequence is invalid.
    let firstPosition: Int
    /// One more than the last position of the sequence.
    let keyCount: Int
    /// The sequence's row of the block table.
    let blocks: UnsafePointer<Int32>

    @inline(__always) init(_ task: UnsafePointer<KernelTask>, _ item: Int) {
        let most = task.pointee.headsPerItem
        let parts = (task.pointee.keyValueHeadCount &+ most &- 1) / most
        let tile = item / parts
        let sequence = owner(
            of: tile,
            task.pointee.tileStarts,
            count: task.pointee.sequenceCount
        )
        let skipped = (tile &- Int(task.pointee.tileStarts[sequence])) &* task.pointee.tokensPerTile
        let start = Int(task.pointee.starts[sequence])
        let end = Int(task.pointee.starts[sequence &+ 1])
        let past = Int(task.pointee.past[sequence])
        self.sequence = sequence
        let firstHead = (item &- tile &* parts) &* most
        heads = Range(
            uncheckedBounds: (
                firstHead, min(firstHead &+ most, task.pointee.keyValueHeadCount)
            )
        )
        keyValueHead = firstHead
        firstToken = start &+ skipped
        tokenCount = min(task.pointee.tokensPerTile, end &- firstToken)
        firstPosition = past < 0 ? -1 : past &+ skipped
        keyCount = past &+ end &- start
        blocks = task.pointee.tensors.blockTable + sequence &* task.pointee.blocksPerSequence
    }

    /// One token of a call in which every token is an item for each key and value head.
    @inline(__always) init(_ task: UnsafePointer<KernelTask>, singleToken item: Int) {
        let headCount = task.pointee.keyValueHeadCount
        let token = item / headCount
        let sequence = owner(of: token, task.pointee.starts, count: task.pointee.sequenceCount)
        let start = Int(task.pointee.starts[sequence])
        let past = Int(task.pointee.past[sequence])
        self.sequence = sequence
        let head = item &- token &* headCount
        heads = Range(uncheckedBounds: (head, head &+ 1))
        keyValueHead = head
        firstToken = token
        tokenCount = 1
        firstPosition = past < 0 ? -1 : past &+ token &- start
        keyCount = past &+ Int(task.pointee.starts[sequence &+ 1]) &- start
        blocks = task.pointee.tensors.blockTable + sequence &* task.pointee.blocksPerSequence
    }

    /// Stores which positions each row sees; padding rows see what the last row sees.
    @inline(__always)
    func storeRanges(_ task: UnsafePointer<KernelTask>, _ scratch: Scratch, rows: Int) {
        let group = task.pointee.groupSize
        let window = task.pointee.window
        var row = 0
        while row < rows {
            let position = firstPosition &+ min(row / group, tokenCount &- 1)
            let reach = window > 0 && window <= position ? position &- window &+ 1 : 0
            scratch.begins[row] = reach
            scratch.ends[row] = task.pointee.isCausal ? position &+ 1 : keyCount
            row &+= 1
        }
    }
}
