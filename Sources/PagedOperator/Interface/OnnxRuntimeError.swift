internal import COnnxRuntime
package import PagedAttention

/// A failure as ONNX Runtime expresses it: a code and a text.
package struct OnnxRuntimeError: Error, Equatable {
    /// One of ONNX Runtime's error codes.
    package let code: Int32
    /// What went wrong.
    package let message: String

    /// An error with one of ONNX Runtime's codes.
    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The operator's refusal: invalid arguments and missing features keep their kind.
    package init(_ error: OperatorError) {
        switch error {
        case .invalidArgument(let message):
            self.init(code: Int32(ORT_CODE_INVALID_ARGUMENT), message: message)
        case .notImplemented(let message):
            self.init(code: Int32(ORT_CODE_NOT_IMPLEMENTED), message: message)
        }
    }
}
