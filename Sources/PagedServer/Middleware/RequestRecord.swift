import HTTPTypes
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
        var answer: String?
        var error: APIError?
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

    /// The answer has an identifier of its own, which clients know.
    func setAnswer(_ identifier: String) {
        state.withLock { $0.answer = identifier }
    }

    /// Why the request was refused or failed.
    func setError(_ error: APIError) {
        state.withLock { $0.error = error }
    }

    /// Writes the line: an error when the server is to blame, with what happened. Messages about requests
    /// may quote them, so of those only the code and the field are logged.
    func log(to logger: Logger) {
        let state = state.withLock { $0 }
        let total = ContinuousClock.now - arrival
        var metadata: Logger.Metadata = [
            "id": "\(state.identifier)",
            "route": "\(state.route)",
            "status": "\(state.status)",
            "total_ms": "\(total.milliseconds)",
        ]
        metadata["answer"] = state.answer.map { "\($0)" }
        let isServersFault = state.error?.status.kind == .serverError
        if let error = state.error {
            metadata["error"] = "\(error.code ?? error.type)"
            metadata["param"] = error.param.map { "\($0.prefix(100))" }
            metadata["message"] = isServersFault ? "\(error.message)" : nil
        }
        if let counts = state.counts {
            metadata["prompt"] = "\(counts.promptTokens)"
            metadata["cached"] = "\(counts.cachedTokens)"
            metadata["generated"] = "\(counts.generatedTokens)"
            metadata["ttft_ms"] = counts.timeToFirstToken.map { "\($0.milliseconds)" }
            metadata["ending"] = counts.ending.map { "\($0)" }
            let rate = Double(counts.generatedTokens) / max(total.seconds, 1e-6)
            metadata["tokens_per_second"] = "\((rate * 10).rounded() / 10)"
        }
        logger.log(level: isServersFault ? .error : .info, "request", metadata: metadata)
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
