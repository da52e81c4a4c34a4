internal import COnnxRuntime
internal import PagedAttention
internal import PagedKernels

/// A node of a session: its attributes are read once, its calls may come from several threads.
protocol NodeKernel: Sendable {
    var table: OnnxRuntimeTable { get }

    /// Computes one call.
    func compute(_ context: OpaquePointer) throws(OnnxRuntimeError)
}

/// A node that runs on the processor.
final class OperatorKernel: NodeKernel {
    let table: OnnxRuntimeTable
    private let operation: NodeOperation
    private let report: KernelReport?
    private let caches: CacheOutputs

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
        caches = CacheOutputs(table)
        report =
            switches.reportsKernels
            ? KernelReport(schema, nodeName: try node.name(), activationType: activation) : nil
        operation = try NodeOperation(schema, node, activation, cache, switches.selection)
    }

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
        try caches.update(&inputs, in: tensors) { cache, output, byteCount in
            output.base.copyMemory(from: cache.base, byteCount: byteCount)
        }
        if let report {
            let choice = try asOnnxRuntime { () throws(OperatorError) in
                try operation.kernel(for: shape)
            }
            report.serve(choice.family, kernel: choice.kernel.name)
        }
        return output
    }
}
