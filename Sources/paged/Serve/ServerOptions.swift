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
            "A file with one API key per line; # begins a comment.",
            valueName: "path"
        )
    )
    var apiKeyFile: String?

    @Option(help: ArgumentHelp("Largest request body.", valueName: "size"))
    var maxBodySize = ByteCount(4 << 20)

    @Option(help: "Most connections at the same time.")
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

    private func fileKeys() throws -> [String] {
        guard let apiKeyFile else { return [] }
        guard let data = FileManager.default.contents(atPath: apiKeyFile) else {
            throw CommandError("--api-key-file \(apiKeyFile): cannot be read")
        }
        let keys = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !keys.isEmpty else { throw CommandError("--api-key-file \(apiKeyFile): has no keys") }
        return keys
    }
}
