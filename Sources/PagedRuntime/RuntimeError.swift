package import PagedOperator

/// What went wrong between this process and ONNX Runtime, in words for whoever started it.
package struct RuntimeError: Error, CustomStringConvertible, Equatable {
    /// What is wrong, with which value, and what to do.
    package let description: String

    /// An error that says so.
    package init(_ description: String) {
        self.description = description
    }

    /// An error that ONNX Runtime reported while doing `action`.
    package init(_ action: String, _ error: OnnxRuntimeError) {
        self.init("\(action): \(error.message)")
    }
}
