/// The number of a block: its place in the cache tensors' first dimension.
package typealias BlockIndex = Int32

/// Who holds each block of the cache, and what the blocks that nobody holds are still good for.
///
/// ```swift
/// var pool = BlockPool(blockCount: 1024, blockSize: 16)
/// guard let block = pool.allocate() else { return }  // expected outcome: no room now
/// pool.release(block)
/// ```
///
/// A block is *live* while its reference count is above zero (one per block table that contains it).
/// Otherwise it is in the free list, and *cached* when the prefix index knows it, else *free*.
///
/// ```
///            reused next                              reused last
/// free list: [plain blocks, last freed first] ... [cached blocks, least recently freed first]
/// ```
///
/// The list is doubly linked through the blocks' own records, so every operation is O(1). The pool
/// holds integers only; tensor memory is somebody else's.
package struct BlockPool: Sendable {
    /// What the pool knows of one block.
    struct Block: Sendable {
        var references: Int32 = 0
        /// Neighbours in the free list; meaningless while the block is live.
        var previous: BlockIndex = BlockPool.none
        var next: BlockIndex = BlockPool.none
        /// The block before this one, for indexed blocks; `none` for a sequence's first.
        var parent: BlockIndex = BlockPool.none
        var isIndexed = false
    }

    /// Stands where there is no block.
    package static let none: BlockIndex = -1

    /// Number of blocks.
    package let blockCount: Int
    /// Token places in a block.
    package let blockSize: Int
    /// Blocks that nobody holds, cached or free: what `allocate` can hand out.
    package private(set) var availableCount: Int
    /// Blocks that nobody holds and the prefix index knows.
    package private(set) var cachedCount = 0

    /// One record per block, then the free list's two-way anchor.
    var blocks: [Block]
    /// Of each indexed block: its digest and a copy of its tokens.
    var digests: [PrefixDigest]
    var tokens: [Int32]
    var index: [PrefixDigest: BlockIndex] = [:]

    /// A pool of free blocks.
    ///
    /// - Precondition: both numbers are positive.
    package init(blockCount: Int, blockSize: Int) {
        precondition(blockCount > 0 && blockCount < Int(Int32.max), "blockCount \(blockCount)")
        precondition(blockSize > 0, "blockSize \(blockSize)")
        self.blockCount = blockCount
        self.blockSize = blockSize
        availableCount = blockCount
        blocks = Array(repeating: Block(), count: blockCount + 1)
        digests = Array(repeating: PrefixDigest(words: SIMD8()), count: blockCount)
        tokens = Array(repeating: 0, count: blockCount * blockSize)
        index.reserveCapacity(blockCount)
        for number in blocks.indices {
            blocks[number].previous = BlockIndex(number == 0 ? blockCount : number - 1)
            blocks[number].next = BlockIndex(number == blockCount ? 0 : number + 1)
        }
    }

    /// Blocks that some table contains.
    package var liveCount: Int { blockCount - availableCount }
    /// Blocks that hold nothing.
    package var freeCount: Int { availableCount - cachedCount }

    /// How many blocks hold so many tokens.
    package func blocksNeeded(forTokens count: Int) -> Int {
        (count + blockSize - 1) / blockSize
    }

    /// How many tables contain the block.
    package func references(of block: BlockIndex) -> Int {
        Int(blocks[Int(block)].references)
    }

    /// Takes the block that is the least loss, with one reference; nil when every block is live.
    ///
    /// A cached block leaves the prefix index.
    package mutating func allocate() -> BlockIndex? {
        let block = blocks[blockCount].next
        guard block != anchor else { return nil }
        if blocks[Int(block)].isIndexed {
            removeFromIndex(block)
        }
        retain(block)
        return block
    }

    /// Adds a reference; a block of the free list leaves it and becomes live.
    package mutating func retain(_ block: BlockIndex) {
        let number = Int(block)
        if blocks[number].references == 0 {
            unlink(block)
            availableCount -= 1
            cachedCount -= blocks[number].isIndexed ? 1 : 0
        }
        blocks[number].references += 1
    }

    /// Drops a reference; with the last one the block joins the free list.
    ///
    /// - Precondition: the block is live.
    package mutating func release(_ block: BlockIndex) {
        let number = Int(block)
        precondition(blocks[number].references > 0, "block \(block) is released twice")
        blocks[number].references -= 1
        guard blocks[number].references == 0 else { return }
        availableCount += 1
        if blocks[number].isIndexed {
            cachedCount += 1
            link(block, before: anchor)
        } else {
            link(block, before: blocks[blockCount].next)
        }
    }

    /// Releases a table's blocks from `count` on, the last first: so a block is always reused before
    /// the one it follows, and what stays cached is a prefix.
    package mutating func shrink(_ table: inout [BlockIndex], to count: Int) {
        while table.count > count {
            release(table.removeLast())
        }
    }

    private mutating func removeFromIndex(_ block: BlockIndex) {
        index.removeValue(forKey: digests[Int(block)])
        blocks[Int(block)].isIndexed = false
        blocks[Int(block)].parent = BlockPool.none
        cachedCount -= 1
    }

    private var anchor: BlockIndex { BlockIndex(blockCount) }

    private mutating func unlink(_ block: BlockIndex) {
        let (previous, next) = (blocks[Int(block)].previous, blocks[Int(block)].next)
        blocks[Int(previous)].next = next
        blocks[Int(next)].previous = previous
    }

    private mutating func link(_ block: BlockIndex, before next: BlockIndex) {
        let previous = blocks[Int(next)].previous
        blocks[Int(block)].previous = previous
        blocks[Int(block)].next = next
        blocks[Int(previous)].next = block
        blocks[Int(next)].previous = block
    }
}
