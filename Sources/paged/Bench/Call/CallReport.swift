import Foundation

/// What `paged bench call` measured, as JSON and as a table.
struct CallReport: Encodable {
    /// One workload; nanoseconds of a call in each round.
    struct Row: Encodable {
        let workload: String
        let heads: String
        let sequences: Int
        let cachedTokens: Int
        /// Through ONNX Runtime, and the operator called directly.
        var session = Nanoseconds()
        var direct = Nanoseconds()
        /// Through ONNX Runtime, of a node with one input and of one with eight.
        var relu = Nanoseconds()
        var concat = Nanoseconds()
        /// Allocations of a call, those of ONNX Runtime included; nil where they cannot be counted.
        var sessionAllocations: Double?
        var directAllocations: Double?
        var reluAllocations: Double?
        var concatAllocations: Double?

        init(_ workload: CallWorkload) {
            self.workload = workload.name
            heads = workload.heads.name
            sequences = workload.sequences
            cachedTokens = workload.cachedTokens
        }
    }

    let machine: String
    let onnxRuntime: String
    let threads: Int
    /// Calls of one contender before the next one's turn.
    let callsPerRound: Int
    var rows: [Row] = []

    /// Medians over the rounds, and the best round.
    var table: String {
        var lines = [
            """
            \(machine), ONNX Runtime \(onnxRuntime), \(threads) threads
            microseconds, median (best), and allocations of a call
            | call | sequences x cached, heads | in a session | operator alone | difference \
            | Relu in a session | what is ours | Concat of 8 in a session |
            |---|---|---|---|---|---|---|---|
            """
        ]
        for row in rows {
            let cells = [
                row.workload, "\(row.sequences) x \(row.cachedTokens), \(row.heads)",
                Self.cell(row.session, row.sessionAllocations),
                Self.cell(row.direct, row.directAllocations),
                Self.difference(row.session, [row.direct]),
                Self.cell(row.relu, row.reluAllocations),
                Self.difference(row.session, [row.direct, row.relu]),
                Self.cell(row.concat, row.concatAllocations),
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    /// The median of the differences in each round, and the difference of the best rounds.
    private static func difference(_ whole: Nanoseconds, _ parts: [Nanoseconds]) -> String {
        String(
            format: "%.2f (%.2f)",
            Nanoseconds(whole, without: parts).median / 1e3,
            parts.reduce(whole.minimum) { $0 - $1.minimum } / 1e3
        )
    }

    private static func cell(_ time: Nanoseconds, _ allocations: Double?) -> String {
        time.microseconds + (allocations.map { String(format: ", %.1f", $0) } ?? "")
    }
}
