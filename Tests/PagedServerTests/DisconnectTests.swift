import HTTPTypes
import HummingbirdTesting
import NIOCore
import PagedEngine
import PagedServer
import Testing

@Suite("Clients that go away", .timeLimit(.minutes(1)))
struct DisconnectTests {
    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<2000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }

    @Test("Leaving in the middle of a stream cancels the generation")
    func streaming() async throws {
        let generator = ScriptedGenerator { _, _ in ScriptedGenerator.events("ab", finish: nil) }
        try await TestServer(generator).server().application().test(.live) { client in
            let port = try #require(client.port)
            try await RawClient(port: port)
                .post(#"{"prompt":"x","stream":true}"#, until: #""text":"b""#)
            try await eventually { generator.cancelled == [0] }
        }
    }

    @Test("Leaving while an answer is awaited cancels all its choices")
    func notStreaming() async throws {
        let generator = ScriptedGenerator { _, _ in ScriptedGenerator.events("ab", finish: nil) }
        try await TestServer(generator).server().application().test(.live) { client in
            let port = try #require(client.port)
            try await RawClient(port: port).post(#"{"prompt":"x","n":3}"#, until: nil) {
                for _ in 0..<2000 where generator.requests.count < 3 {
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            try await eventually { Set(generator.cancelled) == [0, 1, 2] }
        }
    }

    @Test("Leaving harms nobody else, and a connection serves one request after the other")
    func others() async throws {
        let generator = ScriptedGenerator { request, _ in
            ScriptedGenerator.events("ab", finish: request.maximumNewTokens == 7 ? nil : .stop)
        }
        try await TestServer(generator).server().application().test(.live) { client in
            let port = try #require(client.port)
            try await RawClient(port: port).post(
                #"{"prompt":"x","stream":true,"max_tokens":7}"#,
                until: #""text":"b""#
            )
            for stream in [true, false, true] {
                let response = try await client.execute(
                    uri: "/v1/completions",
                    method: .post,
                    headers: [.contentType: "application/json"],
                    body: ByteBuffer(string: #"{"prompt":"x","stream":\#(stream)}"#)
                )
                #expect(response.text.contains(#""finish_reason":"stop""#))
            }
            try await eventually { generator.cancelled == [0] }
        }
    }

    @Test("A giant header is refused and the server lives on")
    func giantHeader() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        try await server.server().application().test(.live) { client in
            let response = try? await client.execute(
                uri: "/version",
                method: .get,
                headers: [.userAgent: String(repeating: "a", count: 1 << 20)]
            )
            #expect(response?.status != .ok)
        }
        #expect(try await server.send(.get, "/version").status == .ok)
    }
}
