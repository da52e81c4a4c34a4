internal import PagedAttention

/// What one work item attends, with all that follows from the task. For each key and value head, a row
/// is one query head of one token; rows are ordered by token, then head.
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
    /// The parts that are attended to or added up, and where their states are kept; -1: nowhere.
    let firstPart: Int
    let partCount: Int
    let slot: Int
    /// The sequence's row of the block table.
    let blocks: UnsafePointer<Int32>

    @inline(__always) init(_ task: UnsafePointer<KernelTask>, _ item: KernelItem) {
        sequence = Int(item.sequence)
        let start = Int(task.pointee.starts[sequence])
        let end = Int(task.pointee.starts[sequence &+ 1])
        let past = Int(task.pointee.past[sequence])
        keyValueHead = Int(item.firstHead)
        heads = Range(
            uncheckedBounds: (keyValueHead, keyValueHead &+ Int(item.headCount))
        )
        firstToken = Int(item.firstToken)
        tokenCount = Int(item.tokenCount)
        firstPosition = past < 0 ? -1 : past &+ firstToken &- start
        keyCount = past &+ end &- start
        firstPart = Int(item.firstPart)
        partCount = Int(item.partCount)
        slot = Int(item.slot)
        blocks = task.pointee.tensors.blockTable + sequence &* task.pointee.blocksPerSequence
    }

    /// One token of a call in which every token is an item for each key and value head.
    @inline(__always) init(_ task: UnsafePointer<KernelTask>, singleToken index: Int) {
        let headCount = task.pointee.keyValueHeadCount
        let token = index / headCount
        var item = KernelItem()
        let sequence = owner(of: token, task.pointee.starts, count: task.pointee.sequenceCount)
        item.sequence = Int32(truncatingIfNeeded: sequence)
        item.firstToken = Int32(truncatingIfNeeded: token)
        item.firstHead = Int32(truncatingIfNeeded: index &- token &* headCount)
        self.init(task, item)
    }

    /// Query rows of a key and value head.
    @inline(__always) func rows(_ task: UnsafePointer<KernelTask>) -> Int {
        tokenCount &* task.pointee.groupSize
    }

    /// Stores which positions each row sees; padding rows see what the last row sees.
    ///
    /// - Returns: the positions that any row sees.
    @inline(__always)
    func storeRanges(_ task: UnsafePointer<KernelTask>, _ scratch: Scratch) -> KeyRange {
        let group = task.pointee.groupSize
        let window = task.pointee.window
        let count = rows(task)
        var row = 0
        while row < paddedRows(count) {
            let position = firstPosition &+ min(row / group, tokenCount &- 1)
            let reach = window > 0 && window <= position ? position &- window &+ 1 : 0
            scratch.begins[row] = reach
            scratch.ends[row] = task.pointee.isCausal ? position &+ 1 : keyCount
            row &+= 1
        }
        return KeyRange(scratch.begins[0], scratch.ends[count &- 1])
    }

    /// The slot of one of the item's heads.
    @inline(__always)
    func state(
        _ task: UnsafePointer<KernelTask>,
        part: Int,
        head: Int,
        width: Int
    ) -> RowStates {
        let index = slot &+ (part &- firstPart) &* task.pointee.keyValueHeadCount &+ head
        let rows = paddedRows(rows(task))
        let bytes = RowStates.byteCount(rows: task.pointee.rowsPerSlot, width: width)
        return RowStates(task.pointee.slots + index &* bytes, rows: rows, width: width)
    }
}
