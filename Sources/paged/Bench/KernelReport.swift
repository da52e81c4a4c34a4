import Foundation
import PagedKernels

/// What `paged bench kernels` measured, as JSON and as a table.
struct KernelReport: Encodable {
    let machine: String
    let instructionSet: String
    let date: String
    let heads: KernelWorkload.Heads
    let blockSize: Int
    let threads: Int
    let peers: [BenchPeer.Introduction]
    var rows: [KernelRow] = []

    init(
        instructionSet: InstructionSet,
        heads: KernelWorkload.Heads,
        blockSize: Int,
        threads: Int,
        peers: [BenchPeer.Introduction]
    ) {
        machine = BenchReport.machine
        self.instructionSet = instructionSet.name
        date = Date().formatted(.iso8601)
        self.heads = heads
        self.blockSize = blockSize
        self.threads = threads
        self.peers = peers
    }

    var heading: String {
        """
        \(machine), \(instructionSet), heads \(heads.name), blocks of \(blockSize), \
        \(threads) threads
        | workload | cache | contender | ms, median | best | GB/s | GFLOP/s | x memory limit \
        | x arithmetic limit | x paged | clean rounds |
        |---|---|---|---|---|---|---|---|---|---|---|
        """
    }
}

/// What was measured of one workload with one type of cache.
struct KernelRow: Encodable {
    /// Who does the work, and for how long in each round.
    struct Contender: Encodable {
        let name: String
        var seconds: [Double] = []
        /// Why it was left out, if it was.
        var unsupported: String?
    }

    let workload: KernelWorkload
    let cache: String
    /// The kernel of ours that serves it.
    let kernel: String
    /// Whether it multiplies pairs of bfloat16, by which the limit of arithmetic is measured then.
    let multipliesPairs: Bool
    /// What is read and computed.
    let bytes: Double
    let operations: Double
    /// Ours comes first.
    var contenders: [Contender]
    /// Seconds of each round that memory and arithmetic need for it.
    var memorySeconds: [Double] = []
    var arithmeticSeconds: [Double] = []
    /// The share of each round in which some work waited for a processor; nil where nobody counts.
    var waitingShares: [Double?] = []

    /// The rounds to judge by: the clean ones, or all if none is.
    var judgedRounds: [Int] {
        let clean = cleanRounds
        return clean.isEmpty ? Array(waitingShares.indices) : clean
    }

    private var cleanRounds: [Int] {
        waitingShares.indices.filter {
            (waitingShares[$0] ?? 0) < ProcessorPressure.cleanShare
        }
    }

    /// A line of the table for each contender. Ratios are medians over the ratios in each round.
    var lines: String {
        contenders.map(line).joined(separator: "\n")
    }

    private func line(_ contender: Contender) -> String {
        var cells = [workload.name, cache, contender.name]
        let seconds = judged(contender.seconds)
        if let time = seconds.median, let best = seconds.min(), let ours = contenders.first {
            cells += [
                String(format: "%.2f", time * 1e3), String(format: "%.2f", best * 1e3),
                String(format: "%.1f", bytes / time / 1e9),
                String(format: "%.1f", operations / time / 1e9),
                Self.ratio(seconds, judged(memorySeconds)),
                Self.ratio(seconds, judged(arithmeticSeconds)),
                Self.ratio(seconds, judged(ours.seconds)),
                "\(cleanRounds.count) of \(waitingShares.count)",
            ]
        } else {
            cells += Array(repeating: "", count: 8)
        }
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func judged(_ values: [Double]) -> [Double] {
        values.isEmpty ? [] : judgedRounds.map { values[$0] }
    }

    private static func ratio(_ times: [Double], _ others: [Double]) -> String {
        let ratio = zip(times, others).map { $0 / $1 }.median
        return ratio.map { String(format: "%.2f", $0) } ?? ""
    }
}

extension [Double] {
    /// The middle one, the upper of two; nil if there is none.
    var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}
