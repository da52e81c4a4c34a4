internal import COnnxRuntime
internal import PagedAttention
internal import PagedKernels
internal import Synchronization

/// One node of a session: its attributes are read once, its calls may come from several threads.
final class OperatorKernel: Sendable {
    let table: OnnxRuntimeTable
    private let operation: PagedAttentionOperator
    private let hasReportedCopy = Atomic(false)

    /// The kernel of a node with the given ONNX element types.
    init(
        table: OnnxRuntimeTable,
        info: OpaquePointer,
        activationType: Int32,
        cacheType: Int32
    ) throws(OnnxRuntimeError) {
        guard
            let activation = ElementType(rawValue: activationType),
            let cache = ElementType(rawValue: cacheType)
        else {
            throw OnnxRuntimeError(.notImplemented("PagedAttention: unknown element type"))
        }
        let attributes = try NodeAttributes(table: table, info: info).read()
        self.table = table
        operation = try asOnnxRuntime { () throws(OperatorError) in
            try PagedAttentionOperator(
                attributes: attributes,
                activationType: activation,
                cacheType: cache
            )
        }
    }

    /// Computes one call.
    func compute(_ context: OpaquePointer) throws(OnnxRuntimeError) {
        let tensors = try KernelTensors(table: table, context: context)
        var inputs = try tensors.inputs()
        let shape = try asOnnxRuntime { () throws(OperatorError) in
            try operation.shape(of: inputs)
        }
        guard let output = try tensors.output(0, shape: shape.outputShape) else {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: output 0 is missing"))
        }
        inputs.keyCache = try updated(inputs.keyCache, output: 1, in: tensors)
        if let valueCache = inputs.valueCache {
            inputs.valueCache = try updated(valueCache, output: 2, in: tensors)
        }
        let executor = PoolExecutor(table: table, context: context)
        try asOnnxRuntime { () throws(OperatorError) in
            try operation.run(shape, inputs, output: output, executor: executor)
        }
    }

    /// The memory that the call changes: the cache output where the node has one.
    ///
    /// Normally that is the input's own memory. Where ONNX Runtime or its caller gave the output
    /// memory of its own, the whole cache is copied first.
    private func updated(
        _ cache: TensorView,
        output index: Int,
        in tensors: KernelTensors
    ) throws(OnnxRuntimeError) -> TensorView {
        guard let output = try tensors.output(index, shape: cache.shape) else { return cache }
        guard output.base != cache.base, cache.shape.elementCount > 0 else { return cache }
        reportCopy(output: index, in: tensors.context)
        let byteCount = saturatingProduct(
            cache.shape.elementCount,
            cache.elementType.byteCount
        )
        output.base.copyMemory(from: cache.base, byteCount: byteCount)
        return output
    }

    private func reportCopy(output index: Int, in context: OpaquePointer) {
        guard !hasReportedCopy.exchange(true, ordering: .relaxed) else { return }
        var logger: OpaquePointer?
        let status = ort_kernel_logger(table.pointer)(context, &logger)
        if let status { ort_release_status(table.pointer)(status) }
        guard let logger else { return }
        let message = """
            PagedAttention copies the whole key/value cache in every run: output \(index) is not \
            the memory of input \(index + 2). Bind one tensor to both (I/O binding) to avoid it.
            """
        let logged = ort_log_message(table.pointer)(
            logger,
            Int32(ORT_SEVERITY_WARNING),
            message,
            "PagedOperator",
            0,
            "compute"
        )
        if let logged { ort_release_status(table.pointer)(logged) }
    }
}

/// Runs `body` and gives its refusal the form that ONNX Runtime expects.
private func asOnnxRuntime<Value>(
    _ body: () throws(OperatorError) -> Value
) throws(OnnxRuntimeError) -> Value {
    do {
        return try body()
    } catch {
        throw OnnxRuntimeError(error)
    }
}
