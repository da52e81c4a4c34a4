internal import COnnxRuntime
internal import PagedAttention
internal import PagedKernels

/// One `MatMulNBits` node of a session; its calls may come from several threads.
final class MatMulNBitsNode: Sendable {
    let table: OnnxRuntimeTable
    private let operation: MatMulNBitsOperator

    /// Reads the attributes of a node whose activations have the given type.
    init(
        table: OnnxRuntimeTable,
        info: OpaquePointer,
        _ activation: ElementType
    ) throws(OnnxRuntimeError) {
        let attributes = try NodeAttributes(table: table, info: info).readProduct()
        self.table = table
        operation = try asOnnxRuntime { () throws(OperatorError) in
            try MatMulNBitsOperator(attributes: attributes, activationType: activation)
        }
    }

    /// Computes one call.
    func compute(_ context: OpaquePointer) throws(OnnxRuntimeError) {
        let tensors = try CallTensors(
            table: table,
            context: context,
            name: MatMulNBitsRegistration.name
        )
        let inputs = try tensors.productInputs()
        let shape = try asOnnxRuntime { () throws(OperatorError) in
            try operation.shape(of: inputs)
        }
        guard let output = try tensors.output(0, shape: shape.output) else {
            throw OnnxRuntimeError(.invalidArgument("MatMulNBits: output 0 is missing"))
        }
        try asOnnxRuntime { () throws(OperatorError) in
            let executor = PoolExecutor(table: table, context: context)
            try operation.run(shape, inputs, output: output, executor: executor)
        }
    }
}
