import ArgumentParser
import Foundation
import PagedAttention
import PagedKernels

/// `paged bench kernels`: the operator alone, beside what the machine does at most.
struct BenchKernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Time of the operator, beside the limits of the machine in the same run.",
        discussion: """
            D1, D8 and D32 decode one token for 1, 8 and 32 sequences, P1 and P8 compute prompts of \
            2048 and 8 x 256 tokens, M does both at once. Caches of many layers are gone through, so \
            that they come from memory. In every round the kernel, a read of memory and a chain of \
            multiplications take turns; a limit is the larger of the time that the memory needs for \
            the cache's bytes and the arithmetic for the operations, on as many threads.
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

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Measured rounds.")
    var rounds = 15

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func run() throws {
        let numbers = heads.split(separator: "/").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--heads must be three numbers such as 32/8/128, got '\(heads)'.")
        }
        let heads = KernelWorkload.Heads(
            query: numbers[0],
            keyValue: numbers[1],
            size: numbers[2]
        )
        let probe = MachineProbe()
        defer { probe.deallocate() }
        let pool = ThreadPool(threadCount: threads)
        var rows: [KernelRow] = []
        print(KernelRow.heading(BenchReport.machine, heads.name, blockSize: blockSize, threads))
        for name in workloads {
            guard let workload = KernelWorkload.all.first(where: { $0.name == name }) else {
                throw ValidationError("There is no workload '\(name)'.")
            }
            for cache in caches {
                let row = try measure(workload, heads, try type(cache), probe, pool)
                print(row.line)
                rows.append(row)
            }
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(rows).write(to: URL(fileURLWithPath: json))
        }
    }

    private func type(_ name: String) throws -> ElementType {
        guard let type = ElementType.allCases.first(where: { $0.name == name }) else {
            throw ValidationError("There is no element type '\(name)'.")
        }
        return type
    }

    private func measure(
        _ workload: KernelWorkload,
        _ heads: KernelWorkload.Heads,
        _ cache: ElementType,
        _ probe: MachineProbe,
        _ pool: ThreadPool
    ) throws -> KernelRow {
        let activation = cache.isActivation ? cache : try type(activation)
        let call = try KernelCall(
            workload,
            heads,
            activation: activation,
            cache: cache,
            blockSize: blockSize,
            coldBytes: 384 << 20
        )
        let bytes = workload.cacheBytes(heads, bitsPerElement: cache.bitCount)
        let operations = workload.operations(heads)
        _ = try call.run(pool)
        var row = KernelRow(workload: workload.name, kernel: call.kernelName)
        for _ in 0..<rounds {
            let memory = probe.seconds(bytes: bytes) / Double(threads)
            let arithmetic = probe.seconds(operations: operations) / Double(threads)
            row.seconds.append(try call.run(pool))
            row.memorySeconds.append(memory)
            row.arithmeticSeconds.append(arithmetic)
        }
        row.bytes = bytes
        row.operations = operations
        return row
    }
}

/// What was measured of one workload.
struct KernelRow: Encodable {
    let workload: String
    let kernel: String
    /// Seconds of each round: of the call, and of what memory and arithmetic need for it.
    var seconds: [Double] = []
    var memorySeconds: [Double] = []
    var arithmeticSeconds: [Double] = []
    /// What is read and computed.
    var bytes = 0.0
    var operations = 0.0

    init(workload: String, kernel: String) {
        self.workload = workload
        self.kernel = kernel
    }

    static func heading(_ machine: String, _ heads: String, blockSize: Int, _ threads: Int)
        -> String
    {
        """
        \(machine), heads \(heads), blocks of \(blockSize), \(threads) threads
        | workload | kernel | ms (best) | GB/s | GFLOP/s | x memory limit | x arithmetic limit |
        |---|---|---|---|---|---|---|
        """
    }

    /// The median of the times, and of their ratios to the limits in the same round.
    var line: String {
        let time = Self.median(seconds)
        let cells = [
            workload, kernel,
            String(format: "%.2f (%.2f)", time * 1e3, (seconds.min() ?? 0) * 1e3),
            String(format: "%.1f", bytes / time / 1e9),
            String(format: "%.1f", operations / time / 1e9),
            Self.ratio(seconds, memorySeconds), Self.ratio(seconds, arithmeticSeconds),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func ratio(_ times: [Double], _ limits: [Double]) -> String {
        String(format: "%.2f", median(zip(times, limits).map { $0 / $1 }))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
