import NIOCore

/// The hosts that requests may name where anybody who reaches the server may use it.
///
/// A page on the web can make its own name resolve to 127.0.0.1 after it was loaded (DNS rebinding). To the
/// browser the server is then the page's own origin, which may do everything; only `Host` tells it from a
/// local user. Pages do not know API keys, so with those nothing is looked at. Neither is it on other
/// addresses, where containers and proxies call the server by names that it cannot know, unless the names are
/// given.
struct AllowedHosts: Sendable {
    /// Nobody can have a page below these names: they are never looked up in the public DNS (RFC 6761, section
    /// 6.3, and ICANN's resolution 2024.07.29.06; `host.docker.internal` leads from a container to its host).
    private static let localDomains = ["localhost", "internal"]

    /// Nil where every host will do.
    private let names: Set<String>?

    init(_ configuration: ServerConfiguration) {
        let isOpen = configuration.apiKeys.isEmpty && configuration.listensOnLoopback
        let names = configuration.allowedHosts.map { $0.lowercased() }
        self.names =
            isOpen || !names.isEmpty ? Set(names + [configuration.host.lowercased()]) : nil
    }

    /// Whether a request may name this host.
    ///
    /// A page whose host is an address was loaded from there, so all addresses will do.
    func contain(_ host: String) -> Bool {
        guard let names else { return true }
        return names.contains(host)
            || Self.localDomains.contains { host == $0 || host.hasSuffix("." + $0) }
            || (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// The host in `Localhost.:8080` or `[::1]:8080`: without port, brackets and final dot, in small letters.
    static func host(of authority: String) -> String {
        let authority = authority.lowercased()
        if authority.first == "[" {
            return String(authority.dropFirst().prefix { $0 != "]" })
        }
        let host = authority.prefix { $0 != ":" }
        return String(host.last == "." ? host.dropLast() : host)
    }
}
