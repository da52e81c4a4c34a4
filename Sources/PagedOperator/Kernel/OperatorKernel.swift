internal import COnnxRuntime
internal import PagedAttention
internal import PagedKernels
internal import Synchronization

/// One node of a session: its attributes are read once, its calls may come from several threads.
final class OperatorKernel: Sendable {
    let table: OnnxRuntimeTable
    private let operation: NodeOperation
    private let report: KernelReport?
    private let hasReportedCopy = Atomic(false)

    /// The kernel of a node with the given ONNX element types.
    init(
        table: OnnxRuntimeTable,
        info: OpaquePointer,
        schema: OperatorSchema,
        activationType: Int32,
        cacheType: Int32,
        switches: KernelSwitches
    ) throws(OnnxRuntimeError) {
        guard
            let activation = ElementType(rawValue: activationType),
            let cache = ElementType(rawValue: cacheType)
        else {
            throw OnnxRuntimeError(.notImplemented("PagedAttention: unknown element type"))
        }
        let node = NodeAttributes(table: table, info: info)
        self.table = table
        report =
            switches.reportsKernels
            ? KernelReport(schema, nodeName: try node.name(), activationType: activation) : nil
        operation = try NodeOperation(schema, node, activation, cache, switches.selection)
    }

    /// Computes one call.
    func compute(_ context: OpaquePointer) throws(OnnxRuntimeError) {
        let tensors = try CallTensors(table: table, context: context)
        switch operation {
        case .paged(let operation):
            var inputs = try tensors.inputs()
            let shape = try asOnnxRuntime { () throws(OperatorError) in
                try operation.shape(of: inputs)
            }
            let output = try prepare(shape, &inputs, tensors)
            let executor = PoolExecutor(table: table, context: context)
            try asOnnxRuntime { () throws(OperatorError) in
                try operation.run(shape, inputs, output: output, executor: executor)
            }
        case .sparse(let operation):
            var inputs = try tensors.sparseInputs()
            let shape = try asOnnxRuntime { () throws(OperatorError) in
                try operation.shape(of: inputs)
            }
            let output = try prepare(shape, &inputs.attention, tensors)
            let executor = PoolExecutor(table: table, context: context)
            try asOnnxRuntime { () throws(OperatorError) in
                try operation.run(shape, inputs, output: output, executor: executor)
            }
        }
    }

    /// The memory for the output, and the caches made ready to be changed.
    private func prepare(
        _ shape: AttentionShape,
        _ inputs: inout AttentionInputs,
        _ tensors: CallTensors
    ) throws(OnnxRuntimeError) -> TensorView {
        guard let output = try tensors.output(0, shape: shape.outputShape) else {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: output 0 is missing"))
        }
        try updateCaches(&inputs, in: tensors)
        if let report {
            let choice = try asOnnxRuntime { () throws(OperatorError) in
                try operation.kernel(for: shape)
            }
            report.serve(choice.family, kernel: choice.kernel.name)
        }
        return output
    }

    /// Makes the caches the memory that the call changes: the cache outputs where the node has
    /// them.
    private func updateCaches(
        _ inputs: inout AttentionInputs,
        in tensors: CallTensors
    ) throws(OnnxRuntimeError) {
        let keyOutput = try tensors.output(1, shape: inputs.keyCache.shape)
        guard let valueCache = inputs.valueCache else {
            guard try tensors.output(2, shape: inputs.keyCache.shape) == nil else {
                throw OnnxRuntimeError(
                    .invalidArgument("value_cache_out must be absent in the LATENT layout")
                )
            }
            if let keyOutput {
                copy(inputs.keyCache, to: keyOutput, index: 1, in: tensors.context)
                inputs.keyCache = keyOutput
            }
            return
        }
        let valueOutput = try tensors.output(2, shape: valueCache.shape)
        guard (keyOutput == nil) == (valueOutput == nil) else {
            throw OnnxRuntimeError(
                .invalidArgument(
                    "PagedAttention: outputs 1 'key_cache_out' and 2 'value_cache_out' must both "
                        + "be there, or neither; the node has only "
                        + (keyOutput == nil ? "value_cache_out" : "key_cache_out")
                )
            )
        }
        guard let keyOutput, let valueOutput else { return }
        copy(inputs.keyCache, to: keyOutput, index: 1, in: tensors.context)
        copy(valueCache, to: valueOutput, index: 2, in: tensors.context)
        inputs.keyCache = keyOutput
        inputs.valueCache = valueOutput
    }

    /// Copies a whole cache where its output is not the input's own memory, as it normally is:
    /// ONNX Runtime or its caller gave the output memory of its own.
    private func copy(
        _ cache: TensorView,
        to output: TensorView,
        index: Int,
        in context: OpaquePointer
    ) {
        guard output.base != cache.base, cache.shape.elementCount > 0 else { return }
        reportCopy(output: index, in: context)
        let byteCount = saturatingProduct(cache.shape.elementCount, cache.elementType.byteCount)
        output.base.copyMemory(from: cache.base, byteCount: byteCount)
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
