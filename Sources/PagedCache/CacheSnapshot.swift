/// All that the pool and the block tables say at one moment, as plain values.
///
/// For tests and audits: taking one is O(blocks).
package struct CacheSnapshot: Equatable, Sendable {
    /// One block's record.
    package struct Block: Equatable, Sendable {
        /// How many tables contain it, as the pool counts.
        package var references: Int
        /// Its entry in the prefix index, if it has one.
        package var prefix: Prefix?
    }

    /// What the index says of a block.
    package struct Prefix: Equatable, Sendable {
        /// The key under which the index finds the block.
        package var digest: PrefixDigest
        /// The block before it; `BlockPool.none` for a first one.
        package var parent: BlockIndex
        /// The pool's copy of the tokens.
        package var tokens: [Int32]
    }

    /// One sequence's blocks.
    package struct Table: Equatable, Sendable {
        /// Its blocks in order.
        package var blocks: [BlockIndex]
        /// The tokens whose keys and values the blocks hold.
        package var computedTokens: [Int32]
        /// How many more tokens the running step writes.
        package var reservedCount: Int
        /// The salt of its prefix digests.
        package var salt: [UInt8]

        /// A table's description.
        package init(
            blocks: [BlockIndex],
            computedTokens: [Int32],
            reservedCount: Int,
            salt: [UInt8]
        ) {
            self.blocks = blocks
            self.computedTokens = computedTokens
            self.reservedCount = reservedCount
            self.salt = salt
        }
    }

    /// Token places in a block.
    package var blockSize: Int
    /// Every block by number.
    package var blocks: [Block]
    /// The free list, the next to be reused first.
    package var freeList: [BlockIndex]
    /// The counts that the pool keeps.
    package var availableCount: Int
    /// See `availableCount`.
    package var cachedCount: Int
    /// Number of entries in the prefix index.
    package var indexCount: Int
    /// Every block table there is.
    package var tables: [Table]
}

extension BlockPool {
    /// The pool together with the tables that its users hold.
    ///
    /// - Complexity: O(`blockCount` x `blockSize`).
    package func snapshot(tables: [CacheSnapshot.Table]) -> CacheSnapshot {
        var freeList: [BlockIndex] = []
        var next = blocks[blockCount].next
        while Int(next) != blockCount && freeList.count <= blockCount {
            freeList.append(next)
            next = blocks[Int(next)].next
        }
        let records = (0..<blockCount).map { number in
            CacheSnapshot.Block(
                references: Int(blocks[number].references),
                prefix: blocks[number].isIndexed ? prefix(of: number) : nil
            )
        }
        return CacheSnapshot(
            blockSize: blockSize,
            blocks: records,
            freeList: freeList,
            availableCount: availableCount,
            cachedCount: cachedCount,
            indexCount: index.count,
            tables: tables
        )
    }

    private func prefix(of number: Int) -> CacheSnapshot.Prefix {
        CacheSnapshot.Prefix(
            digest: digests[number],
            parent: blocks[number].parent,
            tokens: Array(tokens[places(of: number)])
        )
    }
}
