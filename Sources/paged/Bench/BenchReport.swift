import Foundation

/// What `paged bench engine` measured, as JSON and as a table.
struct BenchReport: Encodable {
    /// One contender at one number of concurrent requests.
    struct Row: Encodable {
        let name: String
        let concurrency: Int
        /// Generated tokens per second, one value per round.
        let tokensPerSecond: [Double]

        var median: Double {
            let sorted = tokensPerSecond.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }
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

    /// Medians, with the ratio to our one request and of ours to each peer.
    var table: String {
        let names = rows.reduce(into: [String]()) { names, row in
            if !names.contains(row.name) {
                names.append(row.name)
            }
        }
        var lines = ["| concurrent requests | " + names.joined(separator: " | ") + " |"]
        lines.append("|---|" + String(repeating: "---|", count: names.count))
        let single = rows.first?.median ?? 0
        for concurrency in Set(rows.map(\.concurrency)).sorted() {
            let cells = names.map { name -> String in
                guard let row = find(name, concurrency), let ours = find(names[0], concurrency)
                else { return "-" }
                let ratio =
                    name == names[0]
                    ? "\(Self.short(row.median / single))x of 1"
                    : "ours \(Self.short(ours.median / row.median))x"
                return "\(Int(row.median.rounded())) tokens/s (\(ratio))"
            }
            lines.append("| \(concurrency) | " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    private func find(_ name: String, _ concurrency: Int) -> Row? {
        rows.first { $0.name == name && $0.concurrency == concurrency }
    }

    private static func short(_ value: Double) -> String {
        String(format: "%.1f", value)
    }
}
