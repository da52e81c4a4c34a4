import Dispatch
import PagedKernels
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    private final class Counts: Sendable {
        private let values: Mutex<[Int]>

        init(_ count: Int) { values = Mutex(Array(repeating: 0, count: count)) }

        func add(_ index: Int) { values.withLock { $0[index] += 1 } }

        var all: [Int] { values.withLock { $0 } }
    }

    @Test(arguments: [1, 2, 4])
    func `Every index is called once, however often the pool is used`(_ threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        #expect(pool.threadCount == threads)
        for count in [0, 1, 2, 3, 100] {
            let counts = Counts(count)
            for _ in 0..<200 { pool.run(count: count) { counts.add($0) } }
            #expect(counts.all == Array(repeating: 200, count: count))
        }
    }

    @Test func `Calls from several threads and from within a call all end`() {
        let pool = ThreadPool(threadCount: 3)
        let counts = Counts(8)
        DispatchQueue.concurrentPerform(iterations: 50) { _ in
            pool.run(count: 8) { index in
                pool.run(count: 2) { _ in counts.add(index) }
            }
        }
        #expect(counts.all == Array(repeating: 100, count: 8))
    }

    @Test func `Workers that sleep wake up`() async throws {
        let pool = ThreadPool(threadCount: 2)
        let counts = Counts(4)
        for _ in 0..<5 {
            try await Task.sleep(for: .milliseconds(20))
            pool.run(count: 4) { counts.add($0) }
        }
        #expect(counts.all == [5, 5, 5, 5])
    }
}
