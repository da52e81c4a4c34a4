public import COnnxRuntime
internal import PagedOperator

/// The entry point that `register_custom_ops_library` of ONNX Runtime calls.
///
/// - Parameters:
///   - options: the session options that get the operator.
///   - base: where the running ONNX Runtime hands out its table.
/// - Returns: null, or a status that says why the operator was not registered.
@c(RegisterCustomOps)
public func registerCustomOps(
    options: OpaquePointer?,
    base: UnsafePointer<ort_base>?
) -> OpaquePointer? {
    guard let options, let base else { return nil }
    return OperatorRegistration.register(options: options, base: base)
}
