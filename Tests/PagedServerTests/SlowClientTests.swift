import HTTPTypes
import HummingbirdTesting
import NIOCore
import PagedEngine
import PagedServer
import Testing

@Suite("Clients that are slow", .timeLimit(.minutes(1)))
struct SlowClientTests {
    private static let body = #"{"prompt":"x"}"#

    private func withServer(
        _ generator: ScriptedGenerator = ScriptedGenerator(saying: "x"),
        change: (inout ServerConfiguration) -> Void,
        _ use: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        var server = TestServer(generator)
        change(&server.configuration)
        try await server.server().application().test(.live) { client in
            try await use(try #require(client.port))
        }
    }

    @Test(
        "A request that does not arrive whole is a 408",
        arguments: [
            "P", "POST /v1/completions HTTP/1.1\r\nHost:", RawClient.request(body).dropLast() + "",
        ]
    )
    func arrival(_ beginning: String) async throws {
        try await withServer(change: { $0.requestTime = .milliseconds(100) }) { port in
            let answer = try await RawClient(port: port).exchange(beginning)
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("The time to arrive is that of one request, not of a connection or an answer")
    func arrivalOnly() async throws {
        let generator = ScriptedGenerator { _, _ in ScriptedGenerator.events("ab", finish: nil) }
        try await withServer(generator, change: { $0.requestTime = .milliseconds(100) }) { port in
            let request = RawClient.request(#"{"prompt":"x","stream":true}"#)
            try await RawClient(port: port).send(request) {
                try await Task.sleep(for: .milliseconds(400))
                #expect(generator.requests.count == 1 && generator.cancelled.isEmpty)
            }
        }
    }

    @Test("A client that takes nothing of its answer is disconnected")
    func stall() async throws {
        let generator = ScriptedGenerator { _, _ in
            ScriptedGenerator.events(String(repeating: "a", count: 100_000), finish: nil)
        }
        try await withServer(generator, change: { $0.stallTime = .milliseconds(100) }) { port in
            let request = RawClient.request(#"{"prompt":"x","stream":true}"#)
            try await RawClient(port: port).send(request) {
                for _ in 0..<2000 where generator.cancelled.isEmpty {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(generator.cancelled == [0])
            }
        }
    }

    @Test("A client that asks whether to send its body is told to")
    func expectation() async throws {
        try await withServer(change: { _ in }) { port in
            let headers = "Expect: 100-continue\r\nConnection: close\r\n"
            let answer = try await RawClient(port: port)
                .exchange(RawClient.request(Self.body, headers: headers))
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("Bodies beyond what may be held are a 503, and room comes back")
    func bodies() async throws {
        let change: (inout ServerConfiguration) -> Void = {
            $0.maximumBodySize = 2000
            $0.maximumBodyTotal = 1200
        }
        try await withServer(change: change) { port in
            func answer(_ body: String, until status: String) async throws -> String {
                let request = RawClient.request(body, headers: "Connection: close\r\n")
                var answer = ""
                for _ in 0..<20 where !answer.hasPrefix("HTTP/1.1 \(status) ") {
                    answer = try await RawClient(port: port).exchange(request)
                }
                return answer
            }
            let half = Self.body + String(repeating: " ", count: 500)
            let held = String(RawClient.request(half + half).dropLast())
            var refusal = ""
            // Again if it was the one to be held that was refused.
            for _ in 0..<20 where !refusal.hasPrefix("HTTP/1.1 503 ") {
                try await RawClient(port: port).send(held) {
                    refusal = try await answer(half, until: "503")
                }
            }
            #expect(refusal.hasPrefix("HTTP/1.1 503 "))
            #expect(refusal.lowercased().contains("retry-after: 1"))
            #expect(try await answer(half, until: "200").hasPrefix("HTTP/1.1 200 "))
        }
    }
}
