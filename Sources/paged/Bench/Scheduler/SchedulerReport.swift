import Foundation

/// What `paged bench scheduler` measured, as JSON and as a table.
struct SchedulerReport: Encodable {
    /// One workload.
    struct Row: Encodable {
        let name: String
        /// Sequences, prompts or blocks of one time.
        let count: Int
        /// Of one time, in each round.
        var nanoseconds = Nanoseconds()
        /// Allocations of one time; nil where they cannot be counted.
        var allocations: Double?
    }

    let machine: String
    let context: Int
    let blockSize: Int
    var rows: [Row] = []

    /// Medians over the rounds, and the best round.
    var table: String {
        var lines = [
            """
            \(machine), context \(context), blocks of \(blockSize)
            | step | ns: median (best) | ns for each one | allocations |
            |---|---|---|---|
            """
        ]
        for row in rows {
            let time = row.nanoseconds
            let cells = [
                row.name, String(format: "%.0f (%.0f)", time.median, time.minimum),
                String(format: "%.1f", time.median / Double(row.count)),
                row.allocations.map { String(format: "%.2f", $0) } ?? "not counted",
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }
}
