internal import PagedAttention

/// How a call is cut into work items of about equal cost. Results do not depend on the cut.
///
/// Sequences with few new rows are attended in place: an item takes several key and value heads,
/// because in a block their rows are neighbours in memory. Other sequences are cut into stretches of
/// tokens that share packed tiles, one head at a time. Where that leaves too few items for the
/// threads, each part of a sequence (see `KernelItem`) becomes an item of its own.
struct WorkPlan {
    /// Memory for the queries and sums of an item: many rows share a packed tile, and few enough that
    /// they stay in the second-level cache.
    private static let rowBytes = 1 << 18

    /// Rows that kernels take together: items have a multiple of it, as far as their group allows.
    private static let blockRows = 12

    /// Below this many multiplications of queries with keys, about 20 microseconds of one thread, a
    /// call runs on its own thread: waking another takes 5 to 20.
    static let serialLimit = 1 << 19

    /// Tokens that one thread writes to the cache at a time.
    static let tokensPerWrite = 16

    /// Up to this many rows, reading keys and values costs more than the products with them.
    private static let decodeRows = 8

    /// What a key costs beside its products, in rows.
    private static let keyCost = 6.0

    /// Items for each thread, so that threads end at about the same time.
    private static let itemsPerThread = 4.0

    /// Items of decodes read at least so many bytes in a row, if the heads give them.
    private static let contiguousBytes = 1024

    /// Parts become items for at most this many rows, because their states need memory.
    private static let mostSplitRows = 128

    private let starts: UnsafePointer<Int32>
    private let past: UnsafePointer<Int32>
    private let shape: AttentionShape
    private let window: Int
    private let isCausal: Bool
    private let tokensPerItem: Int
    /// Tokens whose rows fill blocks of rows.
    private let tokenUnit: Int
    private let contiguousHeads: Int
    private let threadCount: Int
    /// What an item may cost, in products of a row with a key.
    private var costPerItem = Double.infinity
    /// Roughly, the multiplications of queries with keys.
    private(set) var work = 0

    init(
        _ plan: CallPlan,
        _ shape: AttentionShape,
        _ attributes: AttentionAttributes,
        bitsPerElement: Int,
        threadCount: Int
    ) {
        starts = UnsafePointer(plan.starts)
        past = UnsafePointer(plan.past)
        self.shape = shape
        self.threadCount = threadCount
        window = max(attributes.localWindowSize, 0)
        isCausal = attributes.isCausal
        let perRow = saturatingProduct(shape.headSize + shape.valueHeadSize, 4)
        let rows = (Self.rowBytes / perRow / Self.blockRows + 1) * Self.blockRows
        tokensPerItem = max(rows / shape.groupSize, 1)
        let unit = (1...Self.blockRows).first { $0 * shape.groupSize % Self.blockRows == 0 } ?? 1
        tokenUnit = min(unit, tokensPerItem)
        let headBytes = max(shape.headSize * bitsPerElement / 8, 1)
        contiguousHeads = min(max(Self.contiguousBytes / headBytes, 1), shape.keyValueHeadCount)
        var cost = 0.0
        var pairs = 0
        for sequence in 0..<shape.sequenceCount {
            let stretch = stretch(sequence, 0, tokenCount(sequence))
            cost += self.cost(stretch) * Double(shape.keyValueHeadCount)
            pairs += stretch.pairs
        }
        work = saturatingProduct(pairs, shape.headCount * shape.headSize)
        // Invalid sequences cost nothing.
        if threadCount > 1 {
            costPerItem = max(cost / (Double(threadCount) * Self.itemsPerThread), 1)
        }
    }

    /// Calls `body` with each item, and `combine` with each combination of slots, the most costly kind
    /// first; fills in what they need of scratch memory.
    func forEach(_ item: (KernelItem) -> Void, combine: (KernelItem) -> Void) {
        var slots = 0
        for isDecode in [false, true] {
            for sequence in 0..<shape.sequenceCount {
                let count = tokenCount(sequence)
                guard count > 0, isInPlace(count) == isDecode else { continue }
                let step = isDecode ? count : tokens(sequence, count)
                // Later tokens see more keys: longest first.
                var end = count
                while end > 0 {
                    let begin = max((end - 1) / step * step, 0)
                    cut(stretch(sequence, begin, end), isDecode, &slots, item, combine)
                    end = begin
                }
            }
        }
    }

    private func isInPlace(_ count: Int) -> Bool {
        saturatingProduct(count, shape.groupSize) <= Self.decodeRows
    }

    private func tokenCount(_ sequence: Int) -> Int {
        Int(starts[sequence + 1]) - Int(starts[sequence])
    }

    /// Tokens of an item: equal stretches, and shorter ones than fit where that gives every thread
    /// something to do.
    private func tokens(_ sequence: Int, _ count: Int) -> Int {
        let least = max(Self.mostSplitRows / 2 / shape.groupSize, 1)
        let fair = (cost(stretch(sequence, 0, count)) / costPerItem).rounded(.up)
        let most = max(count / least, 1)
        let pieces = max(Int(min(fair, Double(most))), (count + tokensPerItem - 1) / tokensPerItem)
        let equal = (count + pieces - 1) / pieces
        return (equal + tokenUnit - 1) / tokenUnit * tokenUnit
    }

    private func cut(
        _ stretch: Stretch,
        _ isDecode: Bool,
        _ slots: inout Int,
        _ body: (KernelItem) -> Void,
        _ combine: (KernelItem) -> Void
    ) {
        let heads = shape.keyValueHeadCount
        let cost = cost(stretch)
        let affordable = cost > 0 ? (costPerItem / cost).rounded(.down) : .infinity
        let least = isDecode ? contiguousHeads : 1
        let most = isDecode ? heads : 1
        let step = Int(min(max(affordable, Double(least)), Double(most)))
        let rows = saturatingProduct(stretch.tokens, shape.groupSize)
        let isSplit =
            Double(step) * cost > 1.5 * costPerItem && stretch.parts.count > 1
            && rows <= Self.mostSplitRows
        var item = KernelItem()
        item.sequence = Int32(truncatingIfNeeded: stretch.sequence)
        item.firstToken = Int32(truncatingIfNeeded: stretch.firstToken)
        item.tokenCount = Int32(truncatingIfNeeded: stretch.tokens)
        for first in stride(from: 0, to: heads, by: step) {
            item.firstHead = Int32(truncatingIfNeeded: first)
            item.headCount = Int32(truncatingIfNeeded: min(step, heads - first))
            if isSplit {
                split(item, stretch.parts, slots: slots, body)
            } else {
                body(item)
            }
        }
        guard isSplit else { return }
        item.headCount = 1
        item.firstPart = Int32(truncatingIfNeeded: stretch.parts.lowerBound)
        item.partCount = Int32(truncatingIfNeeded: stretch.parts.count)
        item.slot = Int32(truncatingIfNeeded: slots)
        for head in 0..<heads {
            item.firstHead = Int32(truncatingIfNeeded: head)
            combine(item)
        }
        slots += stretch.parts.count * heads
    }

    /// An item for each part, with the slots from `slots` on.
    private func split(
        _ item: KernelItem,
        _ parts: Range<Int>,
        slots: Int,
        _ body: (KernelItem) -> Void
    ) {
        var item = item
        item.partCount = 1
        for part in parts {
            let slot = slots + (part - parts.lowerBound) * shape.keyValueHeadCount
            item.firstPart = Int32(truncatingIfNeeded: part)
            item.slot = Int32(truncatingIfNeeded: slot)
            body(item)
        }
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

extension WorkPlan {
    /// Some new tokens of one sequence.
    private struct Stretch {
        let sequence: Int
        let firstToken: Int
        let tokens: Int
        /// Keys that any of them sees, and pairs of a token and a key that it sees.
        let keys: Int
        let pairs: Int
        /// Parts that hold those keys.
        let parts: Range<Int>
    }

    /// The new tokens `begin ..< end` of a sequence.
    private func stretch(_ sequence: Int, _ begin: Int, _ end: Int) -> Stretch {
        let length = Int(past[sequence])
        let count = tokenCount(sequence)
        let firstToken = Int(starts[sequence]) + begin
        guard length >= 0, end > begin else {
            return Stretch(
                sequence: sequence,
                firstToken: firstToken,
                tokens: end - begin,
                keys: 0,
                pairs: 0,
                parts: 0..<0
            )
        }
        let last = isCausal ? length + end : length + count
        let reach = window > 0 ? max(length + begin - window + 1, 0) : 0
        let middle = isCausal ? length + (begin + end + 1) / 2 : last
        let seen = window > 0 ? min(middle, window) : middle
        let partKeys = KernelItem.partKeys
        return Stretch(
            sequence: sequence,
            firstToken: firstToken,
            tokens: end - begin,
            keys: last - reach,
            pairs: saturatingProduct(end - begin, max(seen, 1)),
            parts: reach / partKeys..<(last - 1) / partKeys + 1
        )
    }

    /// What a stretch costs for a key and value head.
    private func cost(_ stretch: Stretch) -> Double {
        Double(stretch.pairs) * Double(shape.groupSize) + Double(stretch.keys) * Self.keyCost
    }
}
