import ArgumentParser
import Foundation
import PagedAttention
import PagedKernels

/// `paged bench kernels`: the operator alone, beside the machine's limits and peers.
struct BenchKernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Time of the operator, beside the machine's limits and peers in the same run.",
        discussion: """
            D1, D8 and D32 decode one token for 1, 8 and 32 sequences, P1 and P8 compute prompts \
            of 2048 and 8 x 256 tokens, M does both at once. Caches of many layers are gone \
            through, so that they come from memory. In every round the kernel, a read of memory, a \
            chain of multiplications and each peer take turns, in random order; a limit is \
            the time that the memory needs for the cache's bytes, or the arithmetic for the \
            operations (on pairs of bfloat16 if the kernel multiplies such), on as many threads. Where Linux counts how long work waits for a \
            processor, rounds with more than 2 % of that are left out of the table, unless all \
            are; the JSON has every round.
            """
    )

    @Option(parsing: .upToNextOption, help: "Workloads: D1, D8, D32, P1, P8, M.")
    var workloads = KernelWorkload.all.map(\.name)

    @Option(parsing: .upToNextOption, help: "Cache types, such as float16 or int8.")
    var caches = ["float16", "bfloat16", "int8", "float8e4m3fn", "int4", "float4e2m1"]

    @Option(help: "Query heads, key and value heads and head size.")
    var heads = "32/8/128"

    @Option(help: "The type of queries: the cache's own unless it has codes, then this.")
    var activation = "float16"

    @Option(help: "Places in a block.")
    var blockSize = 16

    @Option(help: "Instruction set: the best of this processor, or a lower one.")
    var instructions = InstructionSet.best.name

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Measured rounds.")
    var rounds = 15

    @Option(
        parsing: .singleValue,
        help: "A peer's shell command; may be given several times. See Benchmarks/peers."
    )
    var peer: [String] = []

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        guard threads >= 1, rounds >= 1, blockSize >= 1 else {
            throw ValidationError("--threads, --rounds and --block-size must be at least 1.")
        }
    }

    func run() throws {
        try checkJSON(json)
        let heads = try parsedHeads()
        let set = try parsedInstructions()
        let pool = ThreadPool(threadCount: threads)
        let benchmark = KernelBenchmark(
            heads: heads,
            blockSize: blockSize,
            rounds: rounds,
            pool: pool,
            limits: MachineLimits(pool, set),
            instructionSet: set,
            peers: try peer.map { try KernelPeer(command: $0, threads: threads) }
        )
        var report = KernelReport(
            instructionSet: set,
            heads: heads,
            blockSize: blockSize,
            threads: threads,
            peers: benchmark.peers.map(\.introduction)
        )
        print(report.heading)
        for name in workloads {
            guard let workload = KernelWorkload.all.first(where: { $0.name == name }) else {
                throw ValidationError("There is no workload '\(name)'.")
            }
            for name in caches {
                let cache = try type(name)
                let activation = cache.isActivation ? cache : try type(activation)
                let row = try benchmark.row(workload, activation: activation, cache: cache)
                report.rows.append(row)
                print(row.lines)
                // Whoever reads a pipe sees the rows as they come.
                fflush(nil)
            }
        }
        explain(report)
        if let json { try writeJSON(report, to: json) }
    }

    /// Why cells are empty, each reason once.
    private func explain(_ report: KernelReport) {
        var reasons: [String] = []
        for contender in report.rows.flatMap(\.contenders) {
            guard let reason = contender.unsupported else { continue }
            let line = "\(contender.name): \(reason)"
            if !reasons.contains(line) { reasons.append(line) }
        }
        if !reasons.isEmpty { print("\nNot measured:\n" + reasons.joined(separator: "\n")) }
    }

    private func parsedHeads() throws -> KernelWorkload.Heads {
        let numbers = heads.split(separator: "/").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--heads must be three numbers such as 32/8/128, got '\(heads)'.")
        }
        return KernelWorkload.Heads(query: numbers[0], keyValue: numbers[1], size: numbers[2])
    }

    private func parsedInstructions() throws -> InstructionSet {
        let sets = InstructionSet.allCases.filter { $0 <= .best }
        guard let set = sets.first(where: { $0.name == instructions }) else {
            let names = sets.map(\.name).joined(separator: ", ")
            throw ValidationError("--instructions must be one of \(names), got '\(instructions)'.")
        }
        return set
    }

    private func type(_ name: String) throws -> ElementType {
        guard let type = ElementType.allCases.first(where: { $0.name == name }) else {
            throw ValidationError("There is no element type '\(name)'.")
        }
        return type
    }
}
