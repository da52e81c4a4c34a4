import Foundation

/// What `paged bench engine` measured, as JSON and as a table.
struct BenchReport: Encodable {
    /// One contender at one number of concurrent requests.
    struct Row: Encodable {
        let name: String
        let concurrency: Int
        /// Generated tokens per second, one value per round.
        var tokensPerSecond: [Double]
    }

    let model: String
    let machine: String
    let promptTokens: Int
    let newTokens: Int
    var rows: [Row] = []

    /// The processor's name and how many of them there are.
    static var machine: String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map { $0.drop { $0 == " " } } ?? "unknown"
        return "\(cores) x \(name)"
    }

    /// Adds the speed of one round.
    mutating func add(_ tokensPerSecond: Double, name: String, concurrency: Int) {
        let row = rows.firstIndex { $0.name == name && $0.concurrency == concurrency }
        if let row {
            rows[row].tokensPerSecond.append(tokensPerSecond)
        } else {
            rows.append(
                Row(name: name, concurrency: concurrency, tokensPerSecond: [tokensPerSecond])
            )
        }
    }

    /// Medians over the rounds: of the speeds, and of the ratios within a round, to our least
    /// concurrency and of ours to each peer.
    var table: String {
        var names: [String] = []
        for row in rows where !names.contains(row.name) {
            names.append(row.name)
        }
        var lines = ["| concurrent requests | " + names.joined(separator: " | ") + " |"]
        lines.append("|---|" + String(repeating: "---|", count: names.count))
        let levels = Set(rows.map(\.concurrency)).sorted()
        guard let ours = names.first, let least = levels.first else { return "" }
        let base = speeds(ours, least)
        for level in levels {
            let cells = names.map { name -> String in
                let speeds = speeds(name, level)
                let ratio =
                    name == ours
                    ? "\(Self.ratio(speeds, base))x of \(least)"
                    : "ours \(Self.ratio(self.speeds(ours, level), speeds))x"
                return "\(Int((speeds.median ?? 0).rounded())) tokens/s (\(ratio))"
            }
            lines.append("| \(level) | " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    private func speeds(_ name: String, _ concurrency: Int) -> [Double] {
        rows.first { $0.name == name && $0.concurrency == concurrency }?.tokensPerSecond ?? []
    }

    private static func ratio(_ speeds: [Double], _ others: [Double]) -> String {
        String(format: "%.1f", zip(speeds, others).map { $0 / $1 }.median ?? 0)
    }
}
