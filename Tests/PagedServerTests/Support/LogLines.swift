import Logging
import Synchronization

/// What a server has written to its log.
final class LogLines: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = event.metadata ?? [:]
            lines.add(
                Line(
                    level: event.level,
                    message: "\(event.message)",
                    metadata: metadata.mapValues { "\($0)" }
                )
            )
        }
    }

    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }
    var handler: any LogHandler { Handler(lines: self) }

    private func add(_ line: Line) { lines.withLock { $0.append(line) } }
}
