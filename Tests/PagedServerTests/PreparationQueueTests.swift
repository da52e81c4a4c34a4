import PagedServer
import Synchronization
import Testing

@Suite("Preparation of requests")
struct PreparationQueueTests {
    private final class Running: Sendable {
        private let count = Atomic(0)

        /// How many are in here at the same time.
        func visit() -> Int {
            let now = count.add(1, ordering: .relaxed).newValue
            for _ in 0..<1000 { _ = count.load(ordering: .relaxed) }
            count.subtract(1, ordering: .relaxed)
            return now
        }
    }

    @Test("One request is prepared at a time")
    func oneAtATime() async throws {
        let queue = PreparationQueue()
        let running = Running()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask { try await queue.run { running.visit() } }
            }
            for try await count in group { #expect(count == 1) }
        }
    }
}
