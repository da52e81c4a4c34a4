internal import COnnxRuntime

/// How a session runs.
package struct SessionOptions: Equatable, Sendable {
    /// Threads that compute one run; nil lets ONNX Runtime take one per physical processor.
    package var intraOpThreads: Int?
    /// The folder of the weights of a model that is loaded from bytes and has them in other files;
    /// needs ONNX Runtime 1.18.
    package var weightsFolder: String?

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
        if let intraOpThreads {
            try library.check(
                "threads",
                ort_set_intra_op_threads(functions)(options, Int32(clamping: intraOpThreads))
            )
        }
        if let weightsFolder {
            let key = "session.model_external_initializers_file_folder_path"
            try library.check(
                "folder of weights",
                ort_set_session_configuration(functions)(options, key, weightsFolder)
            )
        }
        return try body(options)
    }
}
