import ArgumentParser
import PagedRuntime

/// `paged bench call`: what a call of the operator through ONNX Runtime costs beyond the kernel.
struct BenchCallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Cost of a call through ONNX Runtime, beside the operator called directly.",
        discussion: """
            A session whose only node is the operator runs the same small decode step as the \
            operator called directly. Sessions whose only node is Relu, with one tensor, or Concat, \
            with eight, tell what ONNX Runtime needs for any node. All take turns in every round. \
            What is ours is the session's time without the operator's own and without Relu's.
            """
    )

    @Option(
        help: ArgumentHelp(
            "libonnxruntime.so, or the folder that holds it. (default: searched for)",
            valueName: "path"
        )
    )
    var onnxruntime: String?

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Measured rounds, after one that is not counted.")
    var rounds = 40

    @Option(help: "Calls of each contender in a round.")
    var calls = 1000

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        try EngineOptions.check("--threads", threads, 1...1024)
        try EngineOptions.check("--rounds", rounds)
        try EngineOptions.check("--calls", calls)
    }

    func run() throws {
        try checkJSON(json)
        let library = try OnnxRuntimeLibrary.load(path: onnxruntime)
        var report = CallReport(
            machine: BenchReport.machine,
            onnxRuntime: library.version,
            threads: threads,
            callsPerRound: calls
        )
        // Counting last: it takes time.
        let contenders = try CallWorkload.all.map {
            try CallContenders($0, library, threads: threads)
        }
        report.rows = try contenders.map(measure)
        for (index, contenders) in contenders.enumerated() {
            try count(contenders, &report.rows[index])
        }
        print(report.table)
        if let json { try writeJSON(report, to: json) }
    }

    private func measure(_ contenders: CallContenders) throws -> CallReport.Row {
        var row = CallReport.Row(contenders.workload)
        for round in 0...rounds {
            try row.session.measure(calls) { try repeatCall(contenders.session) }
            try row.direct.measure(calls) { try repeatCall(contenders.direct) }
            try row.relu.measure(calls) { try repeatCall(contenders.relu) }
            try row.concat.measure(calls) { try repeatCall(contenders.concat) }
            if round == 0 { row = CallReport.Row(contenders.workload) }
        }
        return row
    }

    private func count(_ contenders: CallContenders, _ row: inout CallReport.Row) throws {
        row.sessionAllocations = try allocationsPerCall(contenders.session)
        row.directAllocations = try allocationsPerCall(contenders.direct)
        row.reluAllocations = try allocationsPerCall(contenders.relu)
        row.concatAllocations = try allocationsPerCall(contenders.concat)
    }

    private func repeatCall(_ contender: some CallContender) throws {
        for _ in 0..<calls { try contender.run() }
    }

    private func allocationsPerCall(_ contender: some CallContender) throws -> Double? {
        try allocations { try repeatCall(contender) }.map { Double($0) / Double(calls) }
    }
}

/// What takes turns for one workload.
struct CallContenders {
    let workload: CallWorkload
    let session: SessionCall
    let direct: DirectCall
    let relu: TrivialCall
    let concat: TrivialCall

    /// All on the same memory, with as many threads each.
    init(_ workload: CallWorkload, _ library: OnnxRuntimeLibrary, threads: Int) throws {
        let memory = try CallMemory(workload)
        self.workload = workload
        session = try SessionCall(workload, memory, library, threads: threads)
        direct = try DirectCall(workload, memory, threads: threads)
        relu = try TrivialCall("Relu", inputs: 1, library, threads: threads)
        concat = try TrivialCall("Concat", inputs: 8, library, threads: threads)
    }
}
