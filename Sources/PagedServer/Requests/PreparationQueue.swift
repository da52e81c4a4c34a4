import Dispatch

/// Decodes bodies, renders templates and tokenises, one request after the other on one thread of
/// its own: whatever a request costs, the event loops and the running streams go on.
package actor PreparationQueue {
    private let executor = QueueExecutor(label: "paged.preparation")

    /// The queue that runs the jobs.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// A queue with a thread of its own.
    package init() {}

    /// Runs `work` when it is its turn; not at all when the request was cancelled before.
    package func run<Value: Sendable>(_ work: @Sendable () throws -> Value) throws -> Value {
        if Task.isCancelled { throw APIError.clientGone }
        return try work()
    }
}

/// Runs the jobs of an actor on a serial queue.
private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label, qos: .utility)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
