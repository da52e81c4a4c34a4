import Synchronization

/// What the server itself measures. Everything else in `/metrics` comes from the engine's
/// statistics.
///
/// Four histograms and one labelled counter do not earn a metrics library: swift-metrics would need
/// a backend of ours anyway to write vLLM's names and the engine's counts.
final class ServerMetrics: Sendable {
    /// vLLM's buckets.
    private static let latencyBounds = [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920,
    ]

    /// From the request's arrival to its first token.
    let timeToFirstToken = Histogram(bounds: [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20,
        40, 80, 160, 640, 2560,
    ])
    /// Between two tokens of a request.
    let interTokenLatency = Histogram(bounds: [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1,
        2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    /// From the request's arrival to its end.
    let endToEndLatency = Histogram(bounds: latencyBounds)
    /// In the engine's queue.
    let queueTime = Histogram(bounds: latencyBounds)

    /// Those that are open.
    let connections: ConnectionList

    private let endings = Mutex<[String: Int]>([:])

    init(_ connections: ConnectionList) { self.connections = connections }

    /// The words under which endings are counted.
    static let endingWords = ["stop", "length", "abort", "error"]

    /// Counts a request that has ended.
    func requestEnded(_ reason: ChoiceEnding.Reason, after duration: Duration) {
        let word =
            switch reason {
            case .stop: "stop"
            case .length: "length"
            case .aborted: "abort"
            case .failed: "error"
            }
        endings.withLock { $0[word, default: 0] += 1 }
        endToEndLatency.record(duration)
    }

    /// How many requests ended in each way.
    var endingCounts: [(word: String, count: Int)] {
        let endings = endings.withLock { $0 }
        return Self.endingWords.map { ($0, endings[$0] ?? 0) }
    }
}
