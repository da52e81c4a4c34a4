/// The answer to `GET /health`.
package struct HealthReport: Codable, Equatable, Sendable {
    /// `ok`, `draining`, `stalled` or `stopped`; only `ok` comes with status 200.
    package var status: String
    /// Time since the engine's last step while there is work; 0 without work.
    package var secondsWithoutProgress: Double
    /// Above this many, the status is `stalled`.
    package var stallLimitSeconds: Double
    /// Steps run so far.
    package var steps: Int
    /// Requests being generated.
    package var runningRequests: Int
    /// Requests in the queue.
    package var waitingRequests: Int

    /// A report.
    package init(
        status: String,
        secondsWithoutProgress: Double,
        stallLimitSeconds: Double,
        steps: Int,
        runningRequests: Int,
        waitingRequests: Int
    ) {
        self.status = status
        self.secondsWithoutProgress = secondsWithoutProgress
        self.stallLimitSeconds = stallLimitSeconds
        self.steps = steps
        self.runningRequests = runningRequests
        self.waitingRequests = waitingRequests
    }

    private enum CodingKeys: String, CodingKey {
        case status, steps
        case secondsWithoutProgress = "seconds_without_progress"
        case stallLimitSeconds = "stall_limit_seconds"
        case runningRequests = "running_requests"
        case waitingRequests = "waiting_requests"
    }
}

/// The answer to `GET /version`.
package struct VersionReport: Codable, Equatable, Sendable {
    /// The server's version.
    package var version: String

    /// A report.
    package init(version: String) {
        self.version = version
    }
}
