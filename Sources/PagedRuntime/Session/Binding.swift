internal import COnnxRuntime

/// The tensors that a session reads and writes, by name, and the way to run it.
///
/// A tensor that is bound as an input and as an output is changed in place.
///
///     try binding.bindInput("x", x)
///     try binding.bindOutput("y", y)
///     try binding.run()
package final class Binding {
    private let session: Session
    private let handle: OpaquePointer
    private var values: [String: TensorValue] = [:]

    /// No tensors yet.
    package init(session: Session) throws(RuntimeError) {
        let library = session.library
        var created: OpaquePointer?
        try library.check(
            "binding",
            ort_create_binding(library.functions)(session.handle, &created)
        )
        guard let created else { throw RuntimeError("no binding") }
        self.session = session
        handle = created
    }

    deinit {
        ort_release_binding(session.library.functions)(handle)
    }

    /// Gives the graph's input `name` a tensor, in place of any it had.
    package func bindInput(_ name: String, _ value: TensorValue) throws(RuntimeError) {
        let library = session.library
        try library.check(
            "input \(name)",
            ort_bind_input(library.functions)(handle, name, value.handle)
        )
        values["input " + name] = value
    }

    /// Has the graph's output `name` written into a tensor, in place of any it had.
    package func bindOutput(_ name: String, _ value: TensorValue) throws(RuntimeError) {
        let library = session.library
        try library.check(
            "output \(name)",
            ort_bind_output(library.functions)(handle, name, value.handle)
        )
        values["output " + name] = value
    }

    /// Runs the model once; returns when every output is written.
    package func run() throws(RuntimeError) {
        let library = session.library
        try library.check(
            "run",
            ort_run_with_binding(library.functions)(session.handle, nil, handle)
        )
    }
}
