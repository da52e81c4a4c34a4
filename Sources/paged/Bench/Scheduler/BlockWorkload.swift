import PagedCache

/// A block table that takes so many blocks of the pool and gives them back.
struct BlockWorkload: SchedulerWorkload {
    let blocks: Int
    let repetitions = 256

    /// A pool, and a table with room.
    struct State {
        var pool: BlockPool
        var table: [BlockIndex] = []
    }

    var name: String { "block pool, \(blocks) taken and given back" }

    func begin() -> State {
        var state = State(pool: BlockPool(blockCount: 2 * blocks, blockSize: 16))
        state.table.reserveCapacity(blocks)
        return state
    }

    func run(_ state: inout State) {
        while state.table.count < blocks, let block = state.pool.allocate() {
            state.table.append(block)
        }
        state.pool.shrink(&state.table, to: 0)
    }
}
