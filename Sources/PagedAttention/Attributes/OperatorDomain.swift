/// The domains in which models find operators.
package enum OperatorDomain {
    /// ONNX Runtime's own operators beyond ONNX.
    package static let microsoft = "com.microsoft"
    /// Ours, of which ONNX Runtime knows nothing.
    package static let own = "ai.pagedattention"
}
