import ArgumentParser
import PagedAttention
import PagedKernels
import PagedRuntime

/// `paged bench products`: products of 4-bit weights, ours beside ONNX Runtime's.
struct BenchProductsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products",
        abstract: "MatMulNBits of 4-bit weights, beside ONNX Runtime's and the machine's limits.",
        discussion: """
            Two sessions of the same nodes, as many as fill 160 MB with weights, so that they come from \
            memory: one with our operator, one with ONNX Runtime's, accuracy level 4, blocks of 32, \
            float32. They and a read of memory take turns in every round.
            """
    )

    @Option(
        help: ArgumentHelp(
            "libonnxruntime.so, or the folder that holds it. (default: searched for)",
            valueName: "path"
        )
    )
    var onnxruntime: String?

    @Option(name: .customLong("k"), help: "Numbers in a column of weights.")
    var rowSize = 896

    @Option(name: .customLong("n"), help: "Columns of weights.")
    var columns = 4864

    @Option(parsing: .upToNextOption, help: "Rows that are multiplied at once.")
    var rows = [1, 2, 4, 8, 16, 64, 256]

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Measured rounds, after one that is not counted.")
    var rounds = 5

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        try EngineOptions.check("--k", rowSize, 32...65_536)
        try EngineOptions.check("--n", columns, 1...1_048_576)
        for count in rows { try EngineOptions.check("--rows", count, 1...65_536) }
        try EngineOptions.check("--threads", threads, 1...1024)
        try EngineOptions.check("--rounds", rounds)
    }

    func run() throws {
        try checkJSON(json)
        let library = try OnnxRuntimeLibrary.load(path: onnxruntime)
        let model = ProductModel(rowSize: rowSize, columns: columns)
        let contenders = try [OperatorDomain.own, OperatorDomain.microsoft].map {
            try ProductSession(model, domain: $0, library, threads: threads)
        }
        let limits = MachineLimits(ThreadPool(threadCount: threads), .best)
        var report = ProductReport(
            machine: BenchReport.machine,
            onnxRuntime: library.version,
            threads: threads,
            model
        )
        for count in rows {
            let bindings = try contenders.map { try $0.binding(rows: count) }
            var row = ProductReport.Row(rows: count)
            for round in 0...rounds {
                let memory = limits.seconds(bytes: Double(model.byteCount))
                try row.own.measure(model.nodeCount) { try bindings[0].run() }
                try row.onnxRuntime.measure(model.nodeCount) { try bindings[1].run() }
                if round == 0 { row = ProductReport.Row(rows: count) } else { row.add(memory) }
            }
            report.rows.append(row)
        }
        print(report.table)
        if let json { try writeJSON(report, to: json) }
    }
}
