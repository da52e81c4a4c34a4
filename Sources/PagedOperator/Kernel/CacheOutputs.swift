internal import COnnxRuntime
internal import PagedAttention
internal import Synchronization

/// The outputs of a node that are its caches: normally the memory of the inputs.
final class CacheOutputs: Sendable {
    /// Copies so many bytes of a cache to its output.
    typealias Copy = (TensorView, TensorView, Int) throws(OnnxRuntimeError) -> Void

    private let table: OnnxRuntimeTable
    private let hasReportedCopy = Atomic(false)

    init(_ table: OnnxRuntimeTable) { self.table = table }

    /// Makes the caches the memory that the call changes: the cache outputs where the node has
    /// them.
    func update(
        _ inputs: inout AttentionInputs,
        in tensors: CallTensors,
        copy: Copy
    ) throws(OnnxRuntimeError) {
        let keyOutput = try tensors.output(1, shape: inputs.keyCache.shape)
        guard let valueCache = inputs.valueCache else {
            guard try tensors.output(2, shape: inputs.keyCache.shape) == nil else {
                throw OnnxRuntimeError(
                    .invalidArgument("value_cache_out must be absent in the LATENT layout")
                )
            }
            if let keyOutput {
                try fill(keyOutput, with: inputs.keyCache, index: 1, in: tensors.context, copy)
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
        try fill(keyOutput, with: inputs.keyCache, index: 1, in: tensors.context, copy)
        try fill(valueOutput, with: valueCache, index: 2, in: tensors.context, copy)
        inputs.keyCache = keyOutput
        inputs.valueCache = valueOutput
    }

    /// Copies a whole cache where its output is not the input's own memory, as it normally is:
    /// ONNX Runtime or its caller gave the output memory of its own.
    private func fill(
        _ output: TensorView,
        with cache: TensorView,
        index: Int,
        in context: OpaquePointer,
        _ copy: Copy
    ) throws(OnnxRuntimeError) {
        guard output.base != cache.base, cache.shape.elementCount > 0 else { return }
        reportCopy(output: index, in: context)
        let byteCount = saturatingProduct(cache.shape.elementCount, cache.elementType.byteCount)
        try copy(cache, output, byteCount)
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
        table.log(message, ORT_SEVERITY_WARNING, to: logger)
    }
}
