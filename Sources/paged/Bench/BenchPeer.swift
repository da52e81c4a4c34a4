import Foundation

/// Another implementation, in a process of its own, that does the same jobs on demand.
///
/// It writes a line `{"name": ...}`, then answers every line `{"prompts": [[...]], "newTokens": n}` on
/// its standard input with a line `{"tokens": n, "seconds": s}`. `Benchmarks/peers` has some.
final class BenchPeer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Introduction: Decodable {
        let name: String
    }

    private struct Job: Encodable {
        let prompts: [[Int32]]
        let newTokens: Int
    }

    private struct Answer: Decodable {
        let tokens: Int
        let seconds: Double
    }

    private(set) var name = ""
    private let command: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var received = Data()

    /// Starts the shell command and waits until it has introduced itself.
    init(command: String) throws {
        self.command = command
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        name = try answer(Introduction.self).name
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Does jobs one after the other, each `newTokens` tokens for all its prompts at once; returns
    /// tokens per second.
    func run(_ jobs: [[[Int32]]], newTokens: Int) throws -> Double {
        var tokens = 0
        var seconds = 0.0
        for prompts in jobs {
            var line = try JSONEncoder().encode(Job(prompts: prompts, newTokens: newTokens))
            line.append(UInt8(ascii: "\n"))
            try input.fileHandleForWriting.write(contentsOf: line)
            let answer = try answer(Answer.self)
            guard answer.tokens == prompts.count * newTokens else {
                throw Failure(
                    description: "\(name) generated \(answer.tokens) tokens instead of "
                        + "\(prompts.count * newTokens)"
                )
            }
            tokens += answer.tokens
            seconds += answer.seconds
        }
        return Double(tokens) / seconds
    }

    private func answer<Value: Decodable>(_ type: Value.Type) throws -> Value {
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
