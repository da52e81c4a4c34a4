/// Something that runs pieces of work at the same time: a thread pool, as the operator sees it.
public protocol ParallelExecutor {
    /// How many threads there are at most, the caller's included. Work is cut accordingly; results do
    /// not depend on it.
    var threadCount: Int { get }

    /// Calls `body` with each number in `0..<count`, on any threads, and returns when all are done.
    ///
    /// Results never depend on how the calls are spread.
    func run(count: Int, _ body: (Int) -> Void)
}

/// The calling thread alone.
public struct SerialExecutor: ParallelExecutor, Sendable {
    /// An executor that uses no other thread.
    public init() {}

    /// One.
    public var threadCount: Int { 1 }

    /// Calls `body` with each number in order.
    public func run(count: Int, _ body: (Int) -> Void) {
        for index in 0..<max(count, 0) { body(index) }
    }
}
