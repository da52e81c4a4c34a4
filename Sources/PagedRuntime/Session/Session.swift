internal import COnnxRuntime
internal import PagedOperator

/// A model that ONNX Runtime has loaded, with the operator registered in process.
///
///     let session = try Session(library: library, modelPath: "model.onnx", options: .init())
///     session.inputs.map(\.name)  // ["input_ids", "block_table", ...]
///
/// Not safe for several threads at once together with its ``Binding``.
package final class Session {
    /// What the graph wants, in its order.
    package let inputs: [ValueInformation]
    /// What the graph gives, in its order.
    package let outputs: [ValueInformation]
    let library: OnnxRuntimeLibrary
    let handle: OpaquePointer

    /// Loads a model from a file.
    ///
    /// - Throws: ONNX Runtime's own text, which names the node that it cannot load.
    package convenience init(
        library: OnnxRuntimeLibrary,
        modelPath: String,
        options: SessionOptions
    ) throws(RuntimeError) {
        try self.init(library: library, name: modelPath, options: options) { options, created in
            ort_create_session(library.functions)(
                library.environment,
                modelPath,
                options,
                &created
            )
        }
    }

    /// Loads a model from the bytes of a file, whose weights are inside or in
    /// ``SessionOptions/weightsFolder``.
    ///
    /// - Parameter name: what errors call it.
    /// - Throws: ONNX Runtime's own text, which names the node that it cannot load.
    package convenience init(
        library: OnnxRuntimeLibrary,
        model bytes: [UInt8],
        name: String,
        options: SessionOptions
    ) throws(RuntimeError) {
        try self.init(library: library, name: name, options: options) { options, created in
            ort_create_session_of_bytes(library.functions)(
                library.environment,
                bytes,
                bytes.count,
                options,
                &created
            )
        }
    }

    private init(
        library: OnnxRuntimeLibrary,
        name: String,
        options: SessionOptions,
        create: (OpaquePointer, inout OpaquePointer?) -> OpaquePointer?
    ) throws(RuntimeError) {
        let functions = library.functions
        let handle = try options.withNative(library) { options throws(RuntimeError) in
            var created: OpaquePointer?
            try library.check("cannot load \(name)", create(options, &created))
            guard let created else { throw RuntimeError("cannot load \(name)") }
            return created
        }
        self.library = library
        self.handle = handle
        let reader = ValueReader(library: library, session: handle)
        do {
            inputs = try reader.values(.input)
            outputs = try reader.values(.output)
        } catch {
            ort_release_session(functions)(handle)
            throw error
        }
    }

    deinit {
        ort_release_session(library.functions)(handle)
    }
}

extension OnnxRuntimeLibrary {
    /// Turns a status into an error that says what was being done.
    func check(_ action: String, _ status: OpaquePointer?) throws(RuntimeError) {
        guard let status else { return }
        do {
            try table.check(status)
        } catch {
            throw RuntimeError(action, error)
        }
    }
}

/// Registers the operator without a detour through the plugin.
func registerOperator(_ options: OpaquePointer, _ library: OnnxRuntimeLibrary) -> OpaquePointer? {
    OperatorRegistration.register(options: options, base: library.base)
}
