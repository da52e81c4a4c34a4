import Synchronization

/// Counts of durations by upper bound, in Prometheus' sense.
final class Histogram: Sendable {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    /// Upper bounds in seconds, ascending; one more bucket takes the rest.
    let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Adds a duration. Complexity: the number of bounds.
    func record(_ duration: Duration) {
        let seconds = duration.seconds
        let bucket = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += seconds
        }
    }

    /// How many durations are at most each bound, then all, and their sum in seconds.
    var snapshot: (cumulative: [Int], sum: Double) {
        let state = state.withLock { $0 }
        var total = 0
        let cumulative = state.counts.map { count in
            total += count
            return total
        }
        return (cumulative, state.sum)
    }
}
