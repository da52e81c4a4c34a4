internal import PagedAttention
internal import Synchronization

/// Hands items of work to whichever thread is free.
struct WorkQueue: ~Copyable {
    private let next = Atomic<Int>(0)
    private let count: Int

    /// A queue of items `0..<count`.
    init(count: Int) {
        self.count = count
    }

    /// The next item, or nil when all are taken.
    borrowing func claim() -> Int? {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return item < count ? item : nil
    }

    /// Runs every item once. `body` is called once on each thread that takes part and has to claim
    /// items until there are none.
    static func run(
        count: Int,
        on executor: some ParallelExecutor,
        _ body: (borrowing WorkQueue) -> Void
    ) {
        let queue = WorkQueue(count: count)
        // Threads beyond the executor's own find the queue empty, so their number matters little.
        executor.run(count: min(count, 64)) { _ in body(queue) }
    }
}
