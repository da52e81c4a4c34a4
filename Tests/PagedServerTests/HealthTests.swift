import NIOCore
import PagedServer
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import Testing

@Suite("Health")
struct HealthTests {
    private func health(
        _ change: (inout EngineStatistics) -> Void
    ) async throws -> (HTTPResponse.Status, HealthReport) {
        let generator = ScriptedGenerator(saying: "x")
        generator.setStatistics(change)
        var server = TestServer(generator)
        server.configuration.stallLimit = .seconds(10)
        let response = try await server.send(.get, "/health")
        return (response.status, try response.decoded(HealthReport.self))
    }

    @Test("An engine that makes progress is healthy, with its numbers")
    func healthy() async throws {
        let (status, report) = try await health {
            $0.steps = 5
            $0.runningRequests = 2
            $0.waitingRequests = 1
            $0.timeWithoutProgress = .milliseconds(9_500)
        }
        #expect(status == .ok)
        #expect(
            report
                == HealthReport(
                    status: "ok",
                    secondsWithoutProgress: 9.5,
                    stallLimitSeconds: 10,
                    steps: 5,
                    runningRequests: 2,
                    waitingRequests: 1
                )
        )
    }

    @Test("An engine without progress is stalled, a dead one stopped")
    func sick() async throws {
        let stalled = try await health { $0.timeWithoutProgress = .seconds(10) }
        #expect(stalled.0 == .serviceUnavailable)
        #expect(stalled.1.status == "stalled")
        let stopped = try await health { $0.isRunning = false }
        #expect(stopped.0 == .serviceUnavailable)
        #expect(stopped.1.status == "stopped")
    }

    @Test("A draining server is not healthy and refuses requests")
    func draining() async throws {
        let generator = ScriptedGenerator(saying: "x")
        let server = try TestServer(generator).server()
        await server.drain(deadline: .now)
        try await server.application().test(.router) { client in
            let health = try await client.execute(uri: "/health", method: .get)
            #expect(health.status == .serviceUnavailable)
            #expect(try health.decoded(HealthReport.self).status == "draining")
            let request = try await client.execute(
                uri: "/v1/completions",
                method: .post,
                headers: [.contentType: "application/json"],
                body: .init(string: #"{"prompt":"a"}"#)
            )
            #expect(request.status == .serviceUnavailable)
        }
        #expect(generator.drains.count == 1)
    }
}
