import Dispatch
import PagedAttention

/// Spreads work over the system's threads.
struct ConcurrentExecutor: ParallelExecutor {
    var threadCount = 4

    func run(count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let shared = Shared(body: body)
            DispatchQueue.concurrentPerform(iterations: count) { shared.body($0) }
        }
    }

    private struct Shared: @unchecked Sendable {
        let body: (Int) -> Void
    }
}
