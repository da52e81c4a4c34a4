internal import CPagedProcessor
public import PagedAttention
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Threads that share the work of calls outside ONNX Runtime, which has its own.
///
///     let pool = ThreadPool(threadCount: 8)
///     try attention.run(shape, inputs, output: output, executor: pool)
///
/// Workers look for work for some microseconds before they sleep, because the next call usually
/// follows at once. One call at a time is shared; others meanwhile run on their caller's thread.
public final class ThreadPool: ParallelExecutor, Sendable {
    private let shared = Shared()
    private let threads: [pthread_t]

    /// A pool of `threadCount` threads, the caller's included.
    public init(threadCount: Int) {
        threads = (1..<max(threadCount, 1)).compactMap { [shared] _ in start(shared) }
    }

    /// The threads of the pool, the caller's included.
    public var threadCount: Int { threads.count + 1 }

    deinit {
        shared.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once with each index in `0..<count`; returns when all are done.
    public func run(count: Int, _ body: (Int) -> Void) {
        guard count > 1, !threads.isEmpty, shared.begin() else {
            for index in 0..<count { body(index) }
            return
        }
        withoutActuallyEscaping(body) { shared.run(count: count, $0) }
    }
}

/// What workers and callers of a pool see.
///
/// A worker counts itself in, then looks whether a job is open; a caller closes its job, then waits
/// until nobody is in. So a job is never touched after its caller has returned.
private final class Shared: @unchecked Sendable {
    /// Written only while no job is open and nobody is in.
    private var body: ((Int) -> Void)?
    private var count = 0
    private let next = Atomic(0)
    private let generation = Atomic(0)
    private let isOpen = Atomic(false)
    private let inside = Atomic(0)
    private let isTaken = Atomic(false)
    private let isStopped = Atomic(false)
    private let sleepers = Atomic(0)
    private let sleeping = Condition()

    /// How often a worker looks before it sleeps: about 20 microseconds.
    private static let looks = 4000

    /// Takes the pool for one job; false if another caller has it.
    func begin() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func run(count: Int, _ body: @escaping (Int) -> Void) {
        self.body = body
        self.count = count
        next.store(0, ordering: .relaxed)
        isOpen.store(true, ordering: .sequentiallyConsistent)
        wake()
        work(body)
        isOpen.store(false, ordering: .sequentiallyConsistent)
        while inside.load(ordering: .sequentiallyConsistent) > 0 { pause() }
        self.body = nil
        isTaken.store(false, ordering: .releasing)
    }

    private func work(_ body: (Int) -> Void) {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            body(index)
        }
    }

    /// The life of a worker.
    func serve() {
        var seen = 0
        while !isStopped.load(ordering: .acquiring) {
            let current = generation.load(ordering: .acquiring)
            guard current != seen else {
                wait(beyond: seen)
                continue
            }
            seen = current
            inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if isOpen.load(ordering: .sequentiallyConsistent), let body { work(body) }
            inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }

    private func wait(beyond seen: Int) {
        for _ in 0..<Self.looks {
            if generation.load(ordering: .acquiring) != seen { return }
            pause()
        }
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        sleeping.wait { generation.load(ordering: .sequentiallyConsistent) != seen }
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }

    private func wake() {
        generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { sleeping.wakeAll() }
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake()
    }

    private func pause() { paged_processor_pause() }
}

/// A condition variable of the system.
private final class Condition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func wait(until isTrue: () -> Bool) {
        pthread_mutex_lock(mutex)
        while !isTrue() { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    func wakeAll() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

private func start(_ shared: Shared) -> pthread_t? {
    let argument = Unmanaged.passRetained(shared)
    #if canImport(Darwin)
        var thread: pthread_t?
        let failed = pthread_create(&thread, nil, serve, argument.toOpaque())
    #else
        var thread = pthread_t()
        let failed = pthread_create(&thread, nil, serve, argument.toOpaque())
    #endif
    guard failed == 0 else {
        argument.release()
        return nil
    }
    return thread
}

#if canImport(Darwin)
    private func serve(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().serve()
        return nil
    }
#else
    private func serve(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().serve()
        return nil
    }
#endif
