import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedServer
import Testing

/// Which names requests may call the server by.
@Suite struct HostTests {
    /// The status of `GET /health` for each host.
    private func statuses(
        of hosts: [String],
        change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> [String: String] {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        change(&server.configuration)
        return try await server.server().application().test(.live) { client in
            let port = try #require(client.port)
            var statuses: [String: String] = [:]
            for host in hosts {
                let answer = try await RawClient(port: port).exchange(
                    "GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
                )
                statuses[host] = String(answer.dropFirst("HTTP/1.1 ".count).prefix(3))
            }
            return statuses
        }
    }

    private static let own = [
        "localhost", "LOCALHOST:8080", "localhost.", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9",
        "[::1]", "[::1]:8080", "192.168.1.5:8080", "app.localhost", "host.docker.internal:8080",
    ]
    private static let foreign = [
        "page.example", "page.example:8080", "localhost.page.example", "127.0.0.1.page.example",
        "notlocalhost", "internal.page.example", "[page.example]", "::1", "localhost@page.example",
    ]

    @Test func `On loopback without keys only names of this machine and addresses will do`()
        async throws
    {
        for (host, status) in try await statuses(of: Self.own) {
            #expect(status == "200", "\(host)")
        }
        for (host, status) in try await statuses(of: Self.foreign) {
            #expect(status == "403", "\(host)")
        }
    }

    @Test func `With keys, and on other addresses, any name will do`() async throws {
        for status in try await statuses(of: Self.foreign, change: { $0.apiKeys = ["a"] }).values {
            #expect(status == "200")
        }
        for status in try await statuses(of: Self.foreign, change: { $0.host = "0.0.0.0" }).values {
            #expect(status == "200")
        }
    }

    @Test func `Names can be allowed, and then no others will do anywhere`() async throws {
        for host in ["127.0.0.1", "0.0.0.0"] {
            let statuses = try await statuses(
                of: ["page.example:80", "PAGE.example", "sub.page.example", "other", "localhost"]
            ) {
                $0.host = host
                $0.allowedHosts = ["Page.Example"]
            }
            #expect(
                statuses == [
                    "page.example:80": "200", "PAGE.example": "200", "sub.page.example": "403",
                    "other": "403", "localhost": "200",
                ]
            )
        }
    }

    @Test func `HTTP 1.0 does not ask for a host`() async throws {
        try await TestServer(ScriptedGenerator(saying: "x")).server().application().test(.live) {
            let port = try #require($0.port)
            let answer = try await RawClient(port: port).exchange(
                "GET /health HTTP/1.0\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.0 200 "))
        }
    }

    @Test func `A refusal names the host and the flag`() async throws {
        try await TestServer(ScriptedGenerator(saying: "x")).server().application().test(.live) {
            let port = try #require($0.port)
            let request = RawClient.request(#"{"prompt":"a"}"#, headers: "Connection: close\r\n")
            let answer = try await RawClient(port: port)
                .exchange(request.replacing("localhost", with: "page.example:80"))
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(answer.contains("The host 'page.example' is not allowed"))
            #expect(answer.contains("--allowed-host page.example."))
            #expect(answer.contains(#""code":"host_not_allowed""#))
        }
    }
}
