import HTTPTypes
import HummingbirdTesting
import Logging
import PagedEngine
import PagedServer
import Testing

@Suite("Connections", .timeLimit(.minutes(1)))
struct ConnectionTests {
    private static let version =
        "GET /version HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n"
    private static let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// Serves on one connection at a time, which is an idle one of the test's own client at first.
    private func withServer(
        _ generator: ScriptedGenerator,
        _ use: @escaping @Sendable (Int, LogLines) async throws -> Void
    ) async throws {
        var server = TestServer(generator)
        server.configuration.maximumConnections = 1
        let log = server.log
        try await server.server().application().test(.live) { client in
            let response = try await client.execute(uri: "/version", method: .get)
            #expect(response.status == .ok)
            try await use(try #require(client.port), log)
        }
    }

    /// Asks until the answer is no refusal: closing a connection takes a moment.
    private func replaceIdle(_ port: Int) async throws {
        for _ in 0..<500 {
            let answer = try await RawClient(port: port).exchange(Self.version)
            if answer.hasPrefix("HTTP/1.1 200 ") { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("an idle connection did not make way")
    }

    @Test("When all are in use a new one takes the place of an idle one")
    func idle() async throws {
        try await withServer(ScriptedGenerator(saying: "x")) { port, log in
            try await replaceIdle(port)
            #expect(log.all.contains { $0.level == .warning })
        }
    }

    @Test("When none is idle a new one is refused, but told about the server's health")
    func busy() async throws {
        let generator = ScriptedGenerator { _, _ in ScriptedGenerator.events("a", finish: nil) }
        try await withServer(generator) { port, log in
            try await replaceIdle(port)
            let stream = RawClient.request(#"{"prompt":"x","stream":true}"#)
            for _ in 0..<100 where generator.requests.isEmpty {
                try await RawClient(port: port).send(stream) {
                    try await Task.sleep(for: .milliseconds(100))
                    if !generator.requests.isEmpty { try await checkRefusals(port, log) }
                }
            }
            #expect(generator.requests.count == 1)
        }
    }

    private func checkRefusals(_ port: Int, _ log: LogLines) async throws {
        func warnings() -> Int { log.all.count { $0.level == .warning } }
        let before = warnings()
        for _ in 0..<3 {
            let health = try await RawClient(port: port).exchange(Self.health)
            #expect(health.hasPrefix("HTTP/1.1 200 "))
            #expect(health.lowercased().contains("connection: close"))
            let refusal = try await RawClient(port: port)
                .exchange(RawClient.request(#"{"prompt":"x"}"#))
            #expect(refusal.hasPrefix("HTTP/1.1 503 "))
            #expect(refusal.lowercased().contains("connection: close"))
            #expect(refusal.contains(#""code":"too_many_connections""#))
        }
        #expect(warnings() == before + 1)
    }

    @Test("A body that says to be too large is a 413 at once")
    func announcedSize() async throws {
        try await TestServer(ScriptedGenerator(saying: "x")).server().application().test(.live) {
            let port = try #require($0.port)
            let request = RawClient.request("{}", headers: "Connection: close\r\n")
                .replacing("Content-Length: 2", with: "Content-Length: 99999999999")
            for request in [request, request.replacing("Connection: close\r\n", with: "")] {
                let answer = try await RawClient(port: port).exchange(request, until: "}}")
                #expect(answer.hasPrefix("HTTP/1.1 413 "))
                #expect(answer.contains(#""code":"request_too_large""#))
            }
        }
    }

    @Test("A connection goes on after a body that was too large")
    func afterLargeBody() async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.configuration.maximumBodySize = 1000
        try await server.server().application().test(.live) { client in
            let port = try #require(client.port)
            let large = RawClient.request(String(repeating: " ", count: 100_000))
            let small = RawClient.request(#"{"prompt":"x"}"#, headers: "Connection: close\r\n")
            let answer = try await RawClient(port: port).exchange(large + small)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("HTTP/1.1 200 "))
        }
    }

    @Test("HTTP/1.0 is answered in HTTP/1.0: no chunks, and the end is that of the connection")
    func oldVersion() async throws {
        let server = try TestServer(ScriptedGenerator(saying: "abc")).server()
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            let request = RawClient.request(#"{"prompt":"x","stream":true}"#)
                .replacing("HTTP/1.1", with: "HTTP/1.0")
            let answer = try await RawClient(port: port).exchange(request)
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(!answer.lowercased().contains("chunked"))
            #expect(answer.contains("\r\n\r\ndata: {"))
            #expect(answer.hasSuffix("data: [DONE]\n\n"))
        }
    }
}
