internal import COnnxRuntime
internal import PagedAttention
internal import PagedCUDA

/// A `PagedAttention` node that runs on a GPU, with all tensors there but the metadata.
final class GPUKernel: NodeKernel {
    let table: OnnxRuntimeTable
    private let context: GPUContext
    private let name: String
    private let attention: CUDAAttention
    private let caches: CacheOutputs
    private let report: KernelReport?

    init(
        _ node: NodeAttributes,
        _ switches: KernelSwitches,
        _ context: GPUContext
    ) throws(OnnxRuntimeError) {
        guard
            let activation = ElementType(rawValue: try node.inputType(0)),
            let cache = ElementType(rawValue: try node.inputType(3))
        else {
            throw OnnxRuntimeError(.notImplemented("PagedAttention: unknown element type"))
        }
        let attributes = try node.read()
        table = node.table
        self.context = context
        name = try node.name()
        attention = try asOnnxRuntime { () throws(OperatorError) in
            try CUDAAttention(
                attributes: attributes,
                activationType: activation,
                cacheType: cache,
                selection: switches.selection,
                library: context.library
            )
        }
        caches = CacheOutputs(table)
        report =
            switches.reportsKernels
            ? KernelReport(.paged, nodeName: name, activationType: activation) : nil
    }

    /// Enqueues one call in the run's stream; without one it is waited for.
    func compute(_ call: OpaquePointer) throws(OnnxRuntimeError) {
        let tensors = try CallTensors(table: table, context: call)
        var inputs = try tensors.inputs()
        let shape = try asOnnxRuntime { () throws(OperatorError) in
            try attention.shape(of: inputs)
        }
        guard let output = try tensors.output(0, shape: shape.outputShape) else {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: output 0 is missing"))
        }
        var handle: UnsafeMutableRawPointer?
        try table.check(ort_kernel_stream(table.pointer)(call, &handle))
        let given = context.stream(handle)
        let stream = given ?? context.stream
        try caches.update(&inputs, in: tensors) {
            (cache, output, byteCount) throws(OnnxRuntimeError) in
            try perform { () throws(CUDAError) in
                try stream.copy(.onDevice, from: cache.base, to: output.base, byteCount: byteCount)
            }
        }
        let launch = try asOnnxRuntime { () throws(OperatorError) in
            try attention.call(inputs, shape: shape, output: output)
        }
        let choice = try perform { () throws(CUDAError) in
            let choice = try attention.launch(launch, on: stream)
            if given == nil { try stream.synchronise() }
            return choice
        }
        if let report, let choice { report.serve(choice.family, kernel: choice.kernel.name) }
    }

    private func perform<Value>(
        _ body: () throws(CUDAError) -> Value
    ) throws(OnnxRuntimeError) -> Value {
        try context.gpu.asOnnxRuntime(node: name, body)
    }
}
