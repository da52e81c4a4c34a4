import Foundation
import PagedAttention

/// What `paged bench products` measured, as JSON and as a table.
struct ProductReport: Encodable {
    /// So many rows at once; nanoseconds of a node in each round.
    struct Row: Encodable {
        let rows: Int
        var own = Nanoseconds()
        var onnxRuntime = Nanoseconds()
        /// Reading as many bytes as the weights have.
        private(set) var memorySeconds: [Double] = []

        init(rows: Int) { self.rows = rows }

        mutating func add(_ seconds: Double) { memorySeconds.append(seconds) }

        /// The middle of the reads, in nanoseconds.
        var memory: Double {
            let sorted = memorySeconds.sorted()
            return sorted.isEmpty ? 0 : 1e9 * sorted[sorted.count / 2]
        }
    }

    let machine: String
    let onnxRuntime: String
    let threads: Int
    let k: Int
    let n: Int
    let weightBytes: Int
    var rows: [Row] = []

    init(machine: String, onnxRuntime: String, threads: Int, _ model: ProductModel) {
        self.machine = machine
        self.onnxRuntime = onnxRuntime
        self.threads = threads
        k = model.attributes.rowSize
        n = model.attributes.columnCount
        weightBytes = model.byteCount
    }

    /// Medians over the rounds.
    var table: String {
        var lines = [
            """
            \(machine), \(threads) threads, K = \(k), N = \(n), 4 bits, blocks of 32
            | rows | ours, µs | GB/s of weights | x reading memory | GOP/s \
            | ONNX Runtime \(onnxRuntime), µs | ours is faster |
            |---|---|---|---|---|---|---|
            """
        ]
        for row in rows {
            let (own, other) = (row.own.median, row.onnxRuntime.median)
            lines.append(
                String(
                    format: "| %d | %.0f | %.1f | %.2f | %.0f | %.0f | %.2fx |",
                    row.rows,
                    own / 1e3,
                    Double(weightBytes) / own,
                    own / row.memory,
                    2 * Double(row.rows) * Double(k) * Double(n) / own,
                    other / 1e3,
                    other / own
                )
            )
        }
        return lines.joined(separator: "\n")
    }
}
