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

/// The entry point that `register_execution_provider_library` of ONNX Runtime calls.
///
/// - Parameters:
///   - name: the name under which the library is registered; not needed.
///   - base: where the running ONNX Runtime hands out its table.
///   - logger: gets what cannot be returned, such as why a GPU has no memory.
///   - factories: room for the factories of the library, which has one.
///   - capacity: for how many there is room.
///   - count: how many there are.
/// - Returns: null, or a status that says why there is no provider, such as an ONNX Runtime that is
///   too old.
@c(CreateEpFactories)
public func createEpFactories(
    name: UnsafePointer<CChar>?,
    base: UnsafePointer<ort_base>?,
    logger: OpaquePointer?,
    factories: UnsafeMutablePointer<UnsafeMutablePointer<ort_provider_factory>?>?,
    capacity: Int,
    count: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    guard let base else { return nil }
    return ProviderFactory.create(
        base: base,
        logger: logger,
        factories: factories,
        capacity: capacity,
        count: count
    )
}

/// The entry point that `unregister_execution_provider_library` calls. Factories stay, as sessions
/// may outlive the registration.
///
/// - Returns: null.
@c(ReleaseEpFactory)
public func releaseEpFactory(
    factory: UnsafeMutablePointer<ort_provider_factory>?
) -> OpaquePointer? {
    nil
}
