import Hummingbird
import PagedAPI
import PagedEngine

/// `GET /health`: 200 only while the engine runs, takes requests, and steps end when there is work.
struct HealthRoute: Sendable {
    static let path = "/health"

    let generator: any TokenGenerator
    let state: ServerState
    let stallLimit: Duration

    func handle(_ request: Request, _ context: ServerRequestContext) -> Response {
        let statistics = generator.statistics()
        let status = word(for: statistics)
        let report = HealthReport(
            status: status,
            secondsWithoutProgress: statistics.timeWithoutProgress.seconds,
            stallLimitSeconds: stallLimit.seconds,
            steps: statistics.steps,
            runningRequests: statistics.runningRequests,
            waitingRequests: statistics.waitingRequests
        )
        return Response(status: status == "ok" ? .ok : .serviceUnavailable, json: report)
    }

    private func word(for statistics: EngineStatistics) -> String {
        if !statistics.isRunning { return "stopped" }
        if statistics.timeWithoutProgress >= stallLimit { return "stalled" }
        return state.isDraining ? "draining" : "ok"
    }
}
