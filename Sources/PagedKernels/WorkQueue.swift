internal import PagedAttention
internal import Synchronization

/// Hands items of work to whichever thread is free.
struct WorkQueue: ~Copyable {
    private let next = Atomic<Int>(0)
    private let count: Int

    private init(count: Int) {
        self.count = count
    }

    /// The next item, or nil when all are taken.
    private borrowing func claim() -> Int? {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return item < count ? item : nil
    }

    /// Calls `body` once with each item in `0..<count`, on the executor's threads, each of which
    /// has scratch memory of its own. Returns when all are done.
    static func run(
        count: Int,
        on executor: some ParallelExecutor,
        _ pool: ScratchPool,
        scratchSize: Int,
        _ body: (Int, UnsafeMutableRawPointer) -> Void
    ) {
        let queue = WorkQueue(count: count)
        // The executor does not say how many threads it has. Those beyond its own find the queue
        // empty and cost an atomic addition each.
        executor.run(count: min(count, 64)) { _ in
            guard let first = queue.claim() else { return }
            pool.withMemory(byteCount: scratchSize) { scratch in
                var item: Int? = first
                while let current = item {
                    body(current, scratch)
                    item = queue.claim()
                }
            }
        }
    }
}
