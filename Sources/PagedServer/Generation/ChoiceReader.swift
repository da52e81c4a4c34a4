import PagedEngine
import Synchronization

/// How a choice ended.
struct ChoiceEnding: Equatable, Sendable {
    enum Reason: Equatable, Sendable {
        /// A stop token or a stop string.
        case stop
        case length
        /// The client has gone, or the server is on its way out.
        case aborted
        case failed(String)
    }

    var reason: Reason
    var generatedTokens = 0
    var cachedTokens = 0
    /// Counted from the request's arrival.
    var timeToFirstToken: Duration?
}

/// Reads the events of one choice, turns them into text and keeps the clock.
struct ChoiceReader: Sendable {
    let generation: Generation
    let makeText: @Sendable () -> ChoiceText
    let arrival: ContinuousClock.Instant
    let metrics: ServerMetrics
    /// Counts the tokens of all choices of the request.
    let tokenCount: TokenCount

    /// Reads to the end, which may be a stop string, and passes on what comes before it.
    func read(_ deliver: (RunningChoices.Event) -> Void) async -> ChoiceEnding {
        var text = makeText()
        var ending = ChoiceEnding(reason: .aborted)
        var lastToken: ContinuousClock.Instant?
        let submission = ContinuousClock.now
        reading: for await event in generation.events {
            switch event {
            case .admitted(let cachedTokens):
                ending.cachedTokens = cachedTokens
                metrics.queueTime.record(submission.duration(to: .now))
            case .prompt(let scored):
                deliver(.prompt(scored))
            case .token(let token):
                let now = ContinuousClock.now
                if let lastToken {
                    metrics.interTokenLatency.record(lastToken.duration(to: now))
                } else {
                    ending.timeToFirstToken = arrival.duration(to: now)
                    metrics.timeToFirstToken.record(arrival.duration(to: now))
                }
                lastToken = now
                ending.generatedTokens += 1
                tokenCount.increment()
                let piece = text.append(token)
                if !piece.isEmpty { deliver(.piece(piece)) }
                if text.isStopped {
                    generation.cancel()
                    ending.reason = .stop
                    break reading
                }
            case .finished(let reason):
                ending.reason = Self.reason(reason)
                let piece = text.finish()
                if !piece.isEmpty { deliver(.piece(piece)) }
                if text.isStopped { ending.reason = .stop }
                break reading
            }
        }
        metrics.requestEnded(ending.reason, after: arrival.duration(to: .now))
        return ending
    }

    private static func reason(_ reason: FinishReason) -> ChoiceEnding.Reason {
        switch reason {
        case .stop: .stop
        case .length: .length
        case .aborted: .aborted
        case .failed(let text): .failed(text)
        }
    }
}

/// The tokens that a request has got so far, whatever becomes of it.
final class TokenCount: Sendable {
    private let count = Atomic(0)

    /// So many so far.
    var value: Int { count.load(ordering: .relaxed) }

    /// One more.
    func increment() { count.add(1, ordering: .relaxed) }
}
