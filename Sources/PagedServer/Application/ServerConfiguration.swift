/// Everything about the server that can be set. The defaults suit one machine and its own users.
public struct ServerConfiguration: Equatable, Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes any free one.
    public var port = 8080
    /// Keys of which requests must name one; none means no key is asked for. None may be empty.
    public var apiKeys: [String] = []
    /// Origins (`https://example.com`) whose pages may use the server from a browser; `*` stands for all.
    public var allowedOrigins: [String] = []
    /// Names by which clients may call this server, besides its own; see ``AllowedHosts``.
    public var allowedHosts: [String] = []
    /// Largest request body in bytes.
    public var maximumBodySize = 4 << 20
    /// With more connections than this the longest idle ones are closed; when none is idle, the latest
    /// ones are answered 503, on `/health` as ever.
    public var maximumConnections = 1024
    /// How long running requests may go on after SIGTERM.
    public var drainTime: Duration = .seconds(30)
    /// `/health` fails when there is work and no step has ended for this long.
    public var stallLimit: Duration = .seconds(30)
    /// A connection that sends nothing for this long, and waits for nothing, is closed.
    public var idleTime: Duration = .seconds(75)
    /// A request that has not arrived whole this long after its first byte is answered 408.
    public var requestTime: Duration = .seconds(60)
    /// A client that takes nothing of its answer for this long is disconnected.
    public var stallTime: Duration = .seconds(60)
    /// Bytes of request bodies that are held at a time; requests beyond that are answered 503.
    public var maximumBodyTotal = 256 << 20
    /// Largest total of a request's headers in bytes.
    public var maximumHeaderSize = 32 << 10

    /// The defaults.
    public init() {}

    /// Whether only this machine can reach the server.
    package var listensOnLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// The version that `/version`, `/metrics` and `paged --version` report.
package enum Version {
    /// This version.
    package static let current = "0.1.0"
}
