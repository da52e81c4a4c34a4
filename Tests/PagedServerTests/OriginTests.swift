import HTTPTypes
import HummingbirdTesting
import PagedEngine
import PagedServer
import Testing

/// What pages in a browser may do (CORS).
@Suite struct OriginTests {
    private static let page = "https://page.example"

    private func server(_ origins: [String], keys: [String] = []) -> TestServer {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.configuration.allowedOrigins = origins
        server.configuration.apiKeys = keys
        return server
    }

    private func preflight(
        _ server: TestServer,
        from origin: String = page
    ) async throws -> TestResponse {
        try await server.send(
            .options,
            "/v1/chat/completions",
            headers: [
                .origin: origin, .accessControlRequestMethod: "POST",
                .accessControlRequestHeaders: "authorization,content-type,x-stainless-lang",
            ]
        )
    }

    @Test func `A preflight of an allowed origin needs no key`() async throws {
        let response = try await preflight(server([Self.page], keys: ["secret"]))
        #expect(response.status == .noContent)
        #expect(response.headers[.accessControlAllowOrigin] == Self.page)
        #expect(response.headers[.accessControlAllowMethods] == "GET, POST")
        #expect(response.headers[.accessControlAllowHeaders] == "authorization, content-type, *")
        #expect(response.headers[.accessControlMaxAge] == "7200")
        #expect(response.headers[.accessControlAllowCredentials] == nil)
        #expect(response.headers[.vary] == "Origin")
    }

    @Test(arguments: ["https://other.example", "https://page.example.org", "null"])
    func `Other origins are allowed nothing`(origin: String) async throws {
        let server = server(["https://more.example", Self.page])
        let preflight = try await preflight(server, from: origin)
        #expect(preflight.status == .methodNotAllowed)
        #expect(preflight.headers[.accessControlAllowOrigin] == nil)
        let answer = try await server.send(.get, "/v1/models", headers: [.origin: origin])
        #expect(answer.status == .ok)
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }

    @Test func `Answers, streams and errors can be read`() async throws {
        let server = server([Self.page], keys: ["secret"])
        let origin: HTTPFields = [.origin: Self.page]
        let key: HTTPFields = [.origin: Self.page, .authorization: "Bearer secret"]
        let path = "/v1/completions"
        let rows: [(TestResponse, HTTPResponse.Status)] = [
            (try await server.send(.post, path, #"{"prompt":"a"}"#, headers: key), .ok),
            (
                try await server.send(.post, path, #"{"prompt":"a","stream":true}"#, headers: key),
                .ok
            ),
            (try await server.send(.post, path, "{", headers: key), .badRequest),
            (try await server.send(.get, "/nothing", headers: key), .notFound),
            (try await server.send(.get, "/v1/models", headers: origin), .unauthorized),
        ]
        for (response, status) in rows {
            #expect(response.status == status)
            #expect(response.headers[.accessControlAllowOrigin] == Self.page)
            #expect(response.headers[.accessControlExposeHeaders] == "*")
        }
    }

    @Test func `All origins may be allowed`() async throws {
        let server = server(["*"])
        let preflight = try await preflight(server)
        #expect(preflight.status == .noContent)
        #expect(preflight.headers[.accessControlAllowOrigin] == "*")
        let answer = try await server.send(.get, "/v1/models", headers: [.origin: "null"])
        #expect(answer.headers[.accessControlAllowOrigin] == "*")
        #expect(answer.headers[.vary] == nil)
    }
}
