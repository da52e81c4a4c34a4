import PagedCache
import Testing

@Suite("A block pool")
struct BlockPoolTests {
    @Test("hands out every block once, then none")
    func handsOutAll() {
        var pool = BlockPool(blockCount: 5, blockSize: 4)
        let blocks = (0..<5).compactMap { _ in pool.allocate() }
        #expect(Set(blocks) == [0, 1, 2, 3, 4])
        #expect(pool.allocate() == nil)
        #expect(pool.liveCount == 5 && pool.freeCount == 0 && pool.cachedCount == 0)
    }

    @Test("keeps a block until its last reference goes")
    func countsReferences() {
        var pool = BlockPool(blockCount: 1, blockSize: 4)
        #expect(pool.allocate() == 0)
        pool.retain(0)
        pool.release(0)
        #expect(pool.allocate() == nil)
        pool.release(0)
        #expect(pool.allocate() == 0)
    }

    @Test("reuses plain blocks last freed first, before any cached one")
    func reusesPlainBlocksFirst() {
        var pool = BlockPool(blockCount: 4, blockSize: 2)
        var chain = Chain(&pool, tokens: [1, 2, 3, 4])
        let plain = [pool.allocate(), pool.allocate()].compactMap(\.self)
        pool.shrink(&chain.table, to: 0)
        pool.release(plain[0])
        pool.release(plain[1])
        #expect(pool.cachedCount == 2 && pool.freeCount == 2)
        #expect(pool.allocate() == plain[1])
        #expect(pool.allocate() == plain[0])
    }

    @Test("evicts the least recently freed chain first, each from its end")
    func evictsTailFirst() {
        var pool = BlockPool(blockCount: 4, blockSize: 2)
        var old = Chain(&pool, tokens: [1, 2, 3, 4])
        var new = Chain(&pool, tokens: [5, 6, 7, 8])
        let expected = [old.table[1], old.table[0], new.table[1], new.table[0]]
        pool.shrink(&old.table, to: 0)
        pool.shrink(&new.table, to: 0)
        #expect((0..<4).compactMap { _ in pool.allocate() } == expected)
        #expect(pool.cachedCount == 0)
    }

    @Test("finds a cached block again, and no longer once it is reused")
    func findsUntilReused() {
        var pool = BlockPool(blockCount: 2, blockSize: 2)
        var chain = Chain(&pool, tokens: [1, 2, 3, 4])
        let (table, digests) = (chain.table, chain.digests)
        pool.shrink(&chain.table, to: 0)
        #expect(pool.find(digests[0], tokens: [1, 2], after: BlockPool.none) == table[0])
        #expect(pool.find(digests[1], tokens: [3, 4], after: table[0]) == table[1])
        pool.retain(table[0])
        #expect(pool.allocate() == table[1])
        #expect(pool.find(digests[1], tokens: [3, 4], after: table[0]) == nil)
        #expect(pool.find(digests[0], tokens: [1, 2], after: BlockPool.none) == table[0])
    }

    @Test("is not fooled by equal digests of other tokens or other parents")
    func comparesTokens() {
        var pool = BlockPool(blockCount: 3, blockSize: 2)
        let chain = Chain(&pool, tokens: [1, 2])
        let digest = chain.digests[0]
        #expect(pool.find(digest, tokens: [1, 3], after: BlockPool.none) == nil)
        #expect(pool.find(digest, tokens: [1, 2], after: 2) == nil)
        let other = pool.allocate() ?? BlockPool.none
        let none = BlockPool.none
        #expect(pool.insert(other, digest: digest, tokens: [1, 3], after: none) == .collision)
        #expect(
            pool.insert(other, digest: digest, tokens: [1, 2], after: none)
                == .duplicate(of: chain.table[0])
        )
    }

    @Test("needs a block for each begun blockSize of tokens")
    func blocksNeeded() {
        let pool = BlockPool(blockCount: 1, blockSize: 16)
        #expect([0, 1, 16, 17, 32, 33].map(pool.blocksNeeded) == [0, 1, 1, 2, 2, 3])
    }
}

/// A sequence of full blocks, entered in the prefix index.
struct Chain {
    var table: [BlockIndex] = []
    var digests: [PrefixDigest] = []

    init(_ pool: inout BlockPool, tokens: [Int32], salt: [UInt8] = []) {
        var hasher = PrefixHasher()
        var digest = hasher.root(salt: salt)
        for start in stride(from: 0, to: tokens.count, by: pool.blockSize) {
            let content = tokens[start..<start + pool.blockSize]
            digest = hasher.digest(of: content, after: digest)
            guard let block = pool.allocate() else { return }
            let parent = table.last ?? BlockPool.none
            #expect(
                pool.insert(block, digest: digest, tokens: content, after: parent) == .inserted
            )
            table.append(block)
            digests.append(digest)
        }
    }
}
