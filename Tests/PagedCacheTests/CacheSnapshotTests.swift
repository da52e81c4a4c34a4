import PagedCache
import Testing

/// Each invariant, shown by breaking it in a copy of a healthy snapshot.
@Suite("The invariants of the cache")
struct CacheSnapshotTests {
    private let healthy: CacheSnapshot

    /// Blocks of two places: a chain held by one table, which also writes a third block; a cached
    /// chain; one plain block.
    init() {
        var pool = BlockPool(blockCount: 6, blockSize: 2)
        let live = Chain(&pool, tokens: [1, 2, 3, 4])
        var cached = Chain(&pool, tokens: [5, 6, 7, 8])
        pool.shrink(&cached.table, to: 0)
        let written = pool.allocate() ?? BlockPool.none
        let table = CacheSnapshot.Table(
            blocks: live.table + [written],
            computedTokens: [1, 2, 3, 4],
            reservedCount: 1,
            salt: []
        )
        healthy = pool.snapshot(tables: [table])
    }

    @Test("hold in a healthy cache")
    func healthyCache() {
        #expect(healthy.violations() == [])
        #expect(healthy.blocks[4].references == 1)
    }

    private func expect(
        _ fragment: String,
        _ comment: Comment? = nil,
        after damage: (inout CacheSnapshot) -> Void
    ) {
        var snapshot = healthy
        damage(&snapshot)
        let found = snapshot.violations()
        #expect(found.contains { $0.contains(fragment) }, "\(found)")
    }

    @Test("name a lost, a doubly listed and a miscounted block")
    func freeList() {
        expect("is in the free list 0 times") { $0.freeList.removeFirst() }
        expect("is in the free list 2 times") { $0.freeList.append($0.freeList[0]) }
        expect("is in the free list 1 times, not 0") { $0.freeList.append(0) }
        expect("counted available") { $0.availableCount += 1 }
        expect("counted cached") { $0.cachedCount -= 1 }
    }

    @Test("name a reference too many or too few")
    func references() {
        expect("block 0 has 2 references, 1 tables hold it") { $0.blocks[0].references = 2 }
        expect("block 1 has 1 references, 0 tables hold it") { $0.tables[0].blocks[1] = 5 }
        expect("names a block twice") { $0.tables[0].blocks[1] = 0 }
        expect("names block 9 of 6") { $0.tables[0].blocks[1] = 9 }
    }

    @Test("name an index entry that does not fit its block")
    func index() {
        expect("does not match its digest") { $0.blocks[1].prefix?.tokens[0] = 9 }
        expect("which is not") { $0.blocks[2].prefix = nil }
        expect("holds 1 tokens") { $0.blocks[1].prefix?.tokens.removeLast() }
        expect("are indexed under") { $0.indexCount += 1 }
        expect("are indexed under") { $0.blocks[3].prefix = $0.blocks[2].prefix }
    }

    @Test("name a cached block that would outlive the one it follows")
    func order() {
        expect("would outlive") { $0.freeList.swapAt(1, 2) }
    }

    @Test("name a table with the wrong room or the wrong content")
    func tables() {
        expect("has 3 blocks and needs 2") { $0.tables[0].reservedCount = 0 }
        expect("expects something else in block 0") { $0.tables[0].computedTokens[1] = 9 }
        expect("expects something else in block 0") { $0.tables[0].salt = [1] }
        expect("after one that is not") { $0.blocks[0].prefix = nil }
    }

    @Test("name a block that is written although it is shared or indexed")
    func writing() {
        expect("writes block 4, which has 2 references") { $0.blocks[4].references = 2 }
        expect("and is indexed") { $0.blocks[4].prefix = $0.blocks[3].prefix }
        expect("writes block 1") { $0.tables[0].computedTokens.removeLast() }
    }
}
