import PagedServer
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import Testing

@Suite("API keys")
struct APIKeyTests {
    private func server(_ keys: [String]) -> TestServer {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.configuration.apiKeys = keys
        return server
    }

    @Test("Every route but health wants a key, unknown paths too")
    func required() async throws {
        let server = server(["secret"])
        for path in ["/v1/models", "/metrics", "/version", "/nothing"] {
            let response = try await server.send(.get, path)
            #expect(response.status == .unauthorized)
            #expect(response.headers[.wwwAuthenticate] == "Bearer")
            #expect(try response.decoded(ErrorBody.self).error.code.value == "invalid_api_key")
        }
        for path in ["/v1/completions", "/v1/chat/completions/render", "/tokenize", "/detokenize"] {
            #expect(try await server.send(.post, path, #"{"prompt":"a"}"#).status == .unauthorized)
        }
        #expect(try await server.send(.get, "/health").status == .ok)
    }

    @Test("Only the exact key opens, in any letter case of Bearer")
    func exactKey() async throws {
        let server = server(["secret", "other"])
        let rows: [(String, HTTPResponse.Status)] = [
            ("Bearer secret", .ok), ("bearer other", .ok), ("Bearer secre", .unauthorized),
            ("Bearer secretsecret", .unauthorized), ("Bearer ", .unauthorized),
            ("secret", .unauthorized),
            ("Basic secret", .unauthorized), ("Bearer Secret", .unauthorized),
        ]
        for (header, status) in rows {
            let response = try await server.send(
                .get,
                "/version",
                headers: [.authorization: header]
            )
            #expect(response.status == status, "\(header)")
        }
    }

    @Test("Holders of different keys share no cached prefixes; a single key needs no salt")
    func salts() async throws {
        let server = server(["one", "two"])
        for key in ["one", "two", "two"] {
            try await server.send(
                .post,
                "/v1/completions",
                #"{"prompt":"a"}"#,
                headers: [.authorization: "Bearer \(key)"]
            )
        }
        let salts = server.generator.requests.map(\.cacheSalt)
        #expect(salts[0] != salts[1] && salts[1] == salts[2])
        let open = TestServer(ScriptedGenerator(saying: "x"))
        _ = try await open.complete(#"{"prompt":"a"}"#)
        _ = try await open.complete(#"{"prompt":"a","cache_salt":"s"}"#)
        #expect(open.generator.requests.map(\.cacheSalt.isEmpty) == [true, false])
    }
}
