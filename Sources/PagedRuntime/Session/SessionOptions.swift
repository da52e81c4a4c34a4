internal import COnnxRuntime

/// How a session runs.
package struct SessionOptions: Equatable, Sendable {
    /// Threads that compute one run; nil lets ONNX Runtime take one per physical processor.
    package var intraOpThreads: Int?
    /// The folder of the weights of a model that is loaded from bytes and has them in other files;
    /// needs ONNX Runtime 1.18.
    package var weightsFolder: String?
    /// How much the graph is changed before it runs; nil leaves it to ONNX Runtime.
    package var optimizationLevel: GraphOptimizationLevel?
    /// From 0, everything is logged, to 4, fatal errors; nil leaves it to ONNX Runtime.
    package var logSeverity: Int?
    /// Whether memory between nodes is kept for the next run.
    package var usesArena = true
    /// Entries of ONNX Runtime's own, such as `session.set_denormal_as_zero`.
    package var entries: [String: String] = [:]

    /// The defaults.
    package init() {}
}

extension SessionOptions {
    /// Runs `body` with ONNX Runtime's form of the options, the operator already registered in
    /// them.
    func withNative<Result>(
        _ library: OnnxRuntimeLibrary,
        _ body: (OpaquePointer) throws(RuntimeError) -> Result
    ) throws(RuntimeError) -> Result {
        let functions = library.functions
        var created: OpaquePointer?
        try library.check("session options", ort_create_session_options(functions)(&created))
        guard let options = created else { throw RuntimeError("no session options") }
        defer { ort_release_session_options(functions)(options) }
        try library.check("operator", registerOperator(options, library))
        // Patterns are kept for every combination of input shapes ever seen, without a limit.
        try library.check("memory pattern", ort_disable_memory_pattern(functions)(options))
        try library.check("threads", ort_set_inter_op_threads(functions)(options, 1))
        try setChoices(of: options, library)
        for (key, value) in allEntries {
            try library.check(
                "\(key) = \(value)",
                ort_set_session_configuration(functions)(options, key, value)
            )
        }
        return try body(options)
    }

    private func setChoices(
        of options: OpaquePointer,
        _ library: OnnxRuntimeLibrary
    ) throws(RuntimeError) {
        let functions = library.functions
        if let intraOpThreads {
            try library.check(
                "threads",
                ort_set_intra_op_threads(functions)(options, Int32(clamping: intraOpThreads))
            )
        }
        if let optimizationLevel {
            try library.check(
                "graph_optimization_level \(optimizationLevel.rawValue)",
                ort_set_optimization_level(functions)(options, optimizationLevel.native)
            )
        }
        if let logSeverity {
            try library.check(
                "log_severity_level \(logSeverity)",
                ort_set_log_severity(functions)(options, Int32(clamping: logSeverity))
            )
        }
        if !usesArena {
            try library.check("arena", ort_disable_arena(functions)(options))
        }
    }

    private var allEntries: [String: String] {
        guard let weightsFolder else { return entries }
        let key = "session.model_external_initializers_file_folder_path"
        return entries.merging([key: weightsFolder]) { _, ours in ours }
    }
}
