import Logging
import Synchronization

/// What happened to one request, for its line in the log. Never holds text.
final class RequestRecord: Sendable {
    /// Numbers of a generation.
    struct Counts: Sendable {
        var promptTokens = 0
        var cachedTokens = 0
        var generatedTokens = 0
        var timeToFirstToken: Duration?
        /// A word on how it ended, when that is not visible in the status.
        var ending: String?
    }

    private struct State {
        var identifier = ""
        var route = ""
        var status = 0
        var isStreaming = false
        var counts: Counts?
    }

    /// When the request's headers had arrived.
    let arrival = ContinuousClock.now
    private let state = Mutex(State())

    func begin(identifier: String, route: String) {
        state.withLock { ($0.identifier, $0.route) = (identifier, String(route.prefix(200))) }
    }

    func setStatus(_ status: Int) {
        state.withLock { $0.status = status }
    }

    /// The response goes on after the handler has returned; who writes it will log.
    func beginStreaming() {
        state.withLock { $0.isStreaming = true }
    }

    var isStreaming: Bool { state.withLock { $0.isStreaming } }

    func setCounts(_ counts: Counts) {
        state.withLock { $0.counts = counts }
    }

    /// Writes the line.
    func log(to logger: Logger) {
        let state = state.withLock { $0 }
        let total = ContinuousClock.now - arrival
        var metadata: Logger.Metadata = [
            "id": "\(state.identifier)",
            "route": "\(state.route)",
            "status": "\(state.status)",
            "total_ms": "\(total.milliseconds)",
        ]
        if let counts = state.counts {
            metadata["prompt"] = "\(counts.promptTokens)"
            metadata["cached"] = "\(counts.cachedTokens)"
            metadata["generated"] = "\(counts.generatedTokens)"
            metadata["ttft_ms"] = counts.timeToFirstToken.map { "\($0.milliseconds)" }
            metadata["ending"] = counts.ending.map { "\($0)" }
            let rate = Double(counts.generatedTokens) / max(total.seconds, 1e-6)
            metadata["tokens_per_second"] = "\((rate * 10).rounded() / 10)"
        }
        logger.info("request", metadata: metadata)
    }
}

extension Duration {
    /// In seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// In milliseconds, rounded.
    var milliseconds: Int { Int((seconds * 1000).rounded()) }
}
