import Synchronization

/// What the engine's thread and its callers share: a few counts behind one lock.
///
/// The thread publishes once per step; callers read, and count what they queue.
final class EngineState: Sendable {
    private struct Values {
        var statistics: EngineStatistics
        /// Submitted and not yet ended.
        var open = 0
        /// Of these, not yet admitted.
        var queued = 0
        /// Since when there is work without a finished step; nil when idle.
        var progress: ContinuousClock.Instant?
        var isDraining = false
        /// Smoothed time between two finished requests, for Retry-After.
        var secondsPerRequest = 0.0
        var lastFinish: ContinuousClock.Instant?
    }

    private let values: Mutex<Values>

    /// The counts of an engine that has not begun.
    init(_ statistics: EngineStatistics) {
        values = Mutex(Values(statistics: statistics))
    }

    /// Counts one request in, unless `limit` are open already or the engine takes none.
    ///
    /// Those on their way to a free place count like those that wait for one: the engine's thread admits
    /// requests between two steps only.
    func enqueue(limit: Int, now: ContinuousClock.Instant) throws(SubmissionError) {
        let refusal = values.withLock { values -> SubmissionError? in
            if values.isDraining || !values.statistics.isRunning {
                return .shuttingDown
            }
            if values.open >= limit {
                let seconds = (values.secondsPerRequest * Double(values.queued)).rounded(.up)
                let retry = Int(min(max(seconds, 1), 600))
                return .queueFull(waiting: values.queued, retryAfterSeconds: retry)
            }
            values.open += 1
            values.queued += 1
            if values.progress == nil {
                values.progress = now
            }
            return nil
        }
        if let refusal {
            throw refusal
        }
    }

    /// Takes one request out of the queue: it was admitted, or ended before it was.
    func dequeue() {
        values.withLock { $0.queued -= 1 }
    }

    /// Refuses requests from now on.
    func beginDraining() {
        values.withLock { $0.isDraining = true }
    }

    /// Notes the end of a request.
    func requestFinished(now: ContinuousClock.Instant) {
        values.withLock { values in
            values.open -= 1
            if let last = values.lastFinish {
                let gap = min((now - last) / .seconds(1), 60)
                values.secondsPerRequest += 0.1 * (gap - values.secondsPerRequest)
            }
            values.lastFinish = now
        }
    }

    /// Publishes the counts after a step, or after the loop found nothing to do.
    ///
    /// `madeProgress` restarts the clock of ``EngineStatistics/timeWithoutProgress``.
    func publish(
        _ statistics: EngineStatistics,
        hasWork: Bool,
        madeProgress: Bool,
        now: ContinuousClock.Instant
    ) {
        values.withLock { values in
            values.statistics = statistics
            if !hasWork && values.queued == 0 {
                values.progress = nil
                // Idle time says nothing about how fast requests are served.
                values.lastFinish = nil
            } else if madeProgress || values.progress == nil {
                values.progress = now
            }
        }
    }

    /// The counts as of `now`.
    func statistics(now: ContinuousClock.Instant) -> EngineStatistics {
        values.withLock { values in
            var statistics = values.statistics
            statistics.waitingRequests = max(values.queued, statistics.waitingRequests)
            statistics.timeWithoutProgress = values.progress.map { now - $0 } ?? .zero
            return statistics
        }
    }
}
