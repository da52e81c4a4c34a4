import Foundation

/// Another implementation, in a process of its own, that does the same jobs on demand.
///
/// It writes a line `{"name": ...}`, then answers every line of JSON on its standard input with one
/// of its own. What jobs and answers say is between a benchmark and its peers; `Benchmarks/peers`
/// has some for each.
final class BenchPeer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What a peer says of itself.
    struct Introduction: Codable {
        let name: String
        /// Of the library that does the work.
        var version: String?
        /// How many it works on, where that was fixed when it started.
        var threads: Int?
    }

    private static let secondsToEnd = 5.0

    let command: String
    private(set) var introduction = Introduction(name: "")
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var received = Data()

    var name: String { introduction.name }

    /// Starts the shell command and waits until it has introduced itself.
    init(command: String) throws {
        self.command = command
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        process.standardInput = input
        process.standardOutput = output
        // A peer that died must be an error of a write, not a signal.
        signal(SIGPIPE, SIG_IGN)
        try process.run()
        introduction = try read(Introduction.self)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        // Some libraries wait for something of their own when they end.
        let limit = Date() + Self.secondsToEnd
        while process.isRunning, Date() < limit {
            Thread.sleep(forTimeInterval: 0.01)
        }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Hands the peer a job and waits for its answer.
    func answer<Answer: Decodable>(_ job: some Encodable, as type: Answer.Type) throws -> Answer {
        var line = try JSONEncoder().encode(job)
        line.append(UInt8(ascii: "\n"))
        try input.fileHandleForWriting.write(contentsOf: line)
        return try read(type)
    }

    private func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = received[received.startIndex..<end]
                received = Data(received[(end + 1)...])
                do {
                    return try JSONDecoder().decode(type, from: Data(line))
                } catch {
                    let words = String(decoding: line.prefix(200), as: UTF8.self)
                    throw Failure(description: "the peer `\(command)` answered `\(words)`")
                }
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw Failure(description: "the peer `\(command)` ended; its words are above")
            }
            received.append(more)
        }
    }
}
