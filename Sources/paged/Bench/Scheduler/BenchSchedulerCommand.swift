import ArgumentParser

/// `paged bench scheduler`: time and allocations of the scheduler and the block pool.
struct BenchSchedulerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler",
        abstract: "Time and allocations of the scheduler's steps, without a model.",
        discussion: """
            A decode step plans, writes the operator's arrays and commits for sequences that each \
            hold --context tokens; an admission takes prompts that are cached but for their last \
            block from the queue to their end. All take turns in every round. Allocations are \
            counted apart.
            """
    )

    @Option(parsing: .upToNextOption, help: "Numbers of sequences.")
    var sequences = [1, 16, 64, 256]

    @Option(help: "Tokens of each sequence in the cache.")
    var context = 1024

    @Option(help: "Places in a block.")
    var blockSize = 16

    @Option(help: "Measured rounds, after one that is not counted.")
    var rounds = 20

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        for count in sequences { try EngineOptions.check("--sequences", count, 1...65_536) }
        try EngineOptions.check("--context", context, 1...1_048_576)
        try EngineOptions.check("--block-size", blockSize, 1...1_048_576)
        try EngineOptions.check("--rounds", rounds)
    }

    func run() throws {
        try checkJSON(json)
        var report = SchedulerReport(
            machine: BenchReport.machine,
            context: context,
            blockSize: blockSize
        )
        let workloads = workloads
        report.rows = workloads.map { SchedulerReport.Row(name: $0.workload.name, count: $0.count) }
        for round in 0...rounds {
            for (index, entry) in workloads.enumerated() {
                var time = report.rows[index].nanoseconds
                try Self.measure(entry.workload, &time)
                if round > 0 { report.rows[index].nanoseconds = time }
            }
        }
        for (index, entry) in workloads.enumerated() {
            report.rows[index].allocations = try Self.count(entry.workload)
        }
        print(report.table)
        if let json { try writeJSON(report, to: json) }
    }

    private var workloads: [(workload: any SchedulerWorkload, count: Int)] {
        sequences.map { count in
            (
                DecodeWorkload(sequences: count, context: context, blockSize: blockSize),
                count
            )
        }
            + sequences.map { count in
                (
                    AdmissionWorkload(sequences: count, context: context, blockSize: blockSize),
                    count
                )
            } + [(BlockWorkload(blocks: 1024), 1024)]
    }

    private static func measure(
        _ workload: some SchedulerWorkload,
        _ time: inout Nanoseconds
    ) throws {
        var state = try workload.begin()
        try time.measure(workload.repetitions) {
            for _ in 0..<workload.repetitions { try workload.run(&state) }
        }
    }

    /// Allocations each time. The first two times are left out: some storage is made on first use.
    private static func count(_ workload: some SchedulerWorkload) throws -> Double? {
        var state = try workload.begin()
        let left = workload.repetitions - 2
        for _ in 0..<2 { try workload.run(&state) }
        return try allocations {
            for _ in 0..<left { try workload.run(&state) }
        }
        .map { Double($0) / Double(left) }
    }
}
