import CPagedAllocations
import Foundation

/// Nanoseconds of each round: one value per round, in order.
struct Nanoseconds: Encodable {
    private(set) var rounds: [Double] = []

    /// Runs `body`, which does something `count` times, and keeps what one time took.
    mutating func measure(_ count: Int, _ body: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let begin = clock.now
        try body()
        rounds.append((clock.now - begin) / .nanoseconds(1) / Double(count))
    }

    init() {}

    /// What is left of each round without others of the same round.
    init(_ whole: Nanoseconds, without parts: [Nanoseconds]) {
        rounds = whole.rounds.indices.map { round in
            parts.reduce(whole.rounds[round]) { $0 - $1.rounds[round] }
        }
    }

    /// The middle of the rounds.
    var median: Double {
        let sorted = rounds.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    /// The best round.
    var minimum: Double { rounds.min() ?? 0 }

    /// Median and minimum in microseconds.
    var microseconds: String {
        String(format: "%.2f (%.2f)", median / 1e3, minimum / 1e3)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rounds.map { ($0 * 10).rounded() / 10 })
    }
}

/// How often this thread takes memory while `body` runs; nil where that cannot be counted.
func allocations(_ body: () throws -> Void) rethrows -> Int? {
    guard paged_allocations_begin() else { return nil }
    let before = paged_allocations_of_thread()
    try body()
    return Int(paged_allocations_of_thread() - before)
}

/// Refuses a path that no report can be written to, before there is one.
func checkJSON(_ path: String?) throws(CommandError) {
    guard let path else { return }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
        throw CommandError("--json \(path): \(folder) is not a folder that can be written to")
    }
}

/// Writes a report for programs.
func writeJSON(_ report: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(report).write(to: URL(fileURLWithPath: path))
}
