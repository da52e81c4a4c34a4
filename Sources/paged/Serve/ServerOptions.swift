import ArgumentParser
import Foundation
import Logging
import PagedServer

/// The flags of `paged serve` that are not the engine's.
struct ServerOptions: ParsableArguments {
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8080

    @Option(help: "The name that clients use for the model. (default: the folder's name)")
    var servedModelName: String?

    @Option(
        help: "A key that clients must send; may be given several times. Others can see it with ps."
    )
    var apiKey: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file with one API key per line; lines that begin with # are comments.",
            valueName: "path"
        )
    )
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "An origin, such as https://example.com, whose pages may use the server from a browser; * allows all. "
                + "May be given several times.",
            valueName: "origin"
        )
    )
    var allowedOrigin: [String] = []

    @Option(
        help: ArgumentHelp(
            "A name by which clients may call the server, besides localhost, addresses and --host. Names are "
                + "looked at on loopback without keys, or once one is given. May be given several times.",
            valueName: "name"
        )
    )
    var allowedHost: [String] = []

    @Option(help: ArgumentHelp("Largest request body.", valueName: "size"))
    var maxBodySize = ByteCount(4 << 20)

    @Option(
        help: "Most connections at the same time; others close idle ones or are answered 503."
    )
    var maxConnections = 1024

    @Option(help: "How long running requests may go on after SIGTERM.")
    var drainSeconds = 30

    @Option(
        help: "trace, debug, info, notice, warning, error or critical. (default: info)",
        transform: ServerOptions.level
    )
    var logLevel = Logger.Level.info

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port \(port): must be from 0 to 65535.")
        }
        try EngineOptions.check("--max-connections", maxConnections)
        try EngineOptions.check("--drain-seconds", drainSeconds, 0...86_400)
        if apiKey.contains("") { throw ValidationError("--api-key: must not be empty.") }
        for origin in allowedOrigin where !Self.isOrigin(origin) {
            throw ValidationError(
                "--allowed-origin \(origin): must be * or a scheme and a host, as in https://example.com."
            )
        }
        for name in allowedHost where name.isEmpty || name.contains(where: { "/:* ".contains($0) })
        {
            throw ValidationError(
                "--allowed-host \(name): must be a name alone, without scheme and port."
            )
        }
        if servedModelName == "" {
            throw ValidationError("--served-model-name: must not be empty.")
        }
    }

    /// The server's configuration with these flags.
    func configuration() throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.apiKeys = apiKey + (try fileKeys())
        configuration.allowedOrigins = allowedOrigin
        configuration.allowedHosts = allowedHost
        configuration.maximumBodySize = maxBodySize.bytes
        configuration.maximumConnections = maxConnections
        configuration.drainTime = .seconds(drainSeconds)
        return configuration
    }

    private static func level(_ word: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: word) else {
            throw ValidationError("'\(word)' is not a log level.")
        }
        return level
    }

    /// Whether a text has the form in which browsers send `Origin`.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = text.split(separator: "://", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { !$0.isEmpty && !$0.contains { "/*? ".contains($0) } }
    }

    private func fileKeys() throws -> [String] {
        guard let apiKeyFile else { return [] }
        guard let data = FileManager.default.contents(atPath: apiKeyFile) else {
            throw CommandError("--api-key-file \(apiKeyFile): cannot be read")
        }
        var keys: [String] = []
        let lines = String(decoding: data, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let key = line.trimmingCharacters(in: .whitespaces)
            if key.isEmpty || key.hasPrefix("#") { continue }
            guard !key.contains(where: \.isWhitespace) else {
                throw CommandError(
                    "--api-key-file \(apiKeyFile), line \(index + 1): a key has no white space; "
                        + "put comments on lines of their own, which begin with #"
                )
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw CommandError("--api-key-file \(apiKeyFile): has no keys") }
        return keys
    }
}
