import ArgumentParser
import Foundation
import PagedModel
import PagedText

/// `paged bench tokenizer`
struct BenchTokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Speed of encoding on one core, beside other tokenizers.",
        discussion: """
            Every text is encoded with every tokenizer, by all contenders in turn, in every round; \
            they must find as many tokens. Benchmarks/peers/tokenizer.py is a peer, and makes \
            tokenizers and texts.
            """
    )

    @Option(parsing: .upToNextOption, help: "Files like tokenizer.json.")
    var tokenizers: [String] = []

    @Option(parsing: .upToNextOption, help: "Files of text.")
    var texts: [String] = []

    @Option(help: "A command that starts a peer.")
    var peer: [String] = []

    @Option(help: "Measured rounds, after one that is not counted.")
    var rounds = 5

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        try EngineOptions.check("--rounds", rounds)
        if tokenizers.isEmpty || texts.isEmpty {
            throw ValidationError("Name files with --tokenizers and --texts.")
        }
    }

    func run() throws {
        try checkJSON(json)
        let peers = try peer.map(BenchPeer.init(command:))
        var report = TokenizerReport(machine: BenchReport.machine)
        for path in tokenizers {
            let tokenizer = try ModelFolder.makeTokenizer(path: path)
            for text in texts {
                report.rows.append(try measure(tokenizer, path, text, peers))
            }
        }
        print(report.table)
        if let json { try writeJSON(report, to: json) }
    }

    private func measure(
        _ tokenizer: Tokenizer,
        _ path: String,
        _ textPath: String,
        _ peers: [BenchPeer]
    ) throws -> TokenizerReport.Row {
        let text = try String(contentsOfFile: textPath, encoding: .utf8)
        var row = TokenizerReport.Row(
            tokenizer: URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent,
            text: URL(fileURLWithPath: textPath).deletingPathExtension().lastPathComponent,
            bytes: text.utf8.count,
            contenders: (["paged"] + peers.map(\.name)).map { .init(name: $0) }
        )
        for round in 0...rounds {
            let begin = ContinuousClock.now
            let tokens = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: true)
            var seconds = [(ContinuousClock.now - begin) / .seconds(1)]
            row.tokens = tokens.count
            for peer in peers {
                let answer = try peer.encode(tokenizer: path, text: textPath)
                guard answer.tokens == tokens.count else {
                    throw CommandError(
                        "\(peer.name) makes \(answer.tokens) tokens of \(textPath) with \(path), "
                            + "not \(tokens.count)"
                    )
                }
                seconds.append(answer.seconds)
            }
            guard round > 0 else { continue }
            for (index, seconds) in seconds.enumerated() {
                row.contenders[index].megabytesPerSecond.append(
                    Double(row.bytes) / seconds / 1e6
                )
            }
        }
        return row
    }
}

/// Jobs of `paged bench tokenizer`: `{"tokenizer": path, "text": path}`, answered by
/// `{"tokens": n, "seconds": s}`.
extension BenchPeer {
    private struct TokenizerJob: Encodable {
        let tokenizer: String
        let text: String
    }

    fileprivate struct TokenizerAnswer: Decodable {
        let tokens: Int
        let seconds: Double
    }

    fileprivate func encode(tokenizer: String, text: String) throws -> TokenizerAnswer {
        try answer(TokenizerJob(tokenizer: tokenizer, text: text), as: TokenizerAnswer.self)
    }
}

/// What `paged bench tokenizer` measured, as JSON and as a table.
struct TokenizerReport: Encodable {
    /// Who encodes.
    struct Contender: Encodable {
        let name: String
        /// One value per round.
        var megabytesPerSecond: [Double] = []
    }

    /// One text with one tokenizer.
    struct Row: Encodable {
        let tokenizer: String
        let text: String
        let bytes: Int
        var tokens = 0
        /// The first is ours.
        var contenders: [Contender]
    }

    let machine: String
    var rows: [Row] = []

    /// Medians over the rounds.
    var table: String {
        guard let first = rows.first else { return "" }
        var lines = [
            "\(machine), MB/s on one core",
            "| tokenizer | text | " + first.contenders.map(\.name).joined(separator: " | ") + " |",
            "|---|---|" + String(repeating: "---|", count: first.contenders.count),
        ]
        for row in rows {
            let speeds = row.contenders.map { $0.megabytesPerSecond.median ?? 0 }
            let cells = speeds.enumerated().map { index, speed in
                index == 0
                    ? String(format: "%.1f", speed)
                    : String(format: "%.1f (ours %.0fx)", speed, speeds[0] / speed)
            }
            lines.append(
                "| \(row.tokenizer) | \(row.text) | " + cells.joined(separator: " | ") + " |"
            )
        }
        return lines.joined(separator: "\n")
    }
}
