public import PagedAttention

/// One `MatMulNBits` node: activations times weights of 4-bit codes, as ONNX Runtime computes it with
/// accuracy level 4.
///
///     let product = try MatMulNBitsOperator(attributes: attributes, activationType: .float32)
///     let shape = try product.shape(of: inputs)
///     try product.run(shape, inputs, output: output, executor: SerialExecutor())
///
/// Activations are rounded to 8-bit numbers, with a scale for each row and block; weights are read where
/// they lie. A row of the result is the same bits whatever the other rows and the executor. Calls may
/// run at the same time on several threads.
public final class MatMulNBitsOperator: Sendable {
    /// The attributes of the node.
    public let attributes: MatMulNBitsAttributes
    /// The type of activations, scales, bias and result.
    public let activationType: ElementType
    /// What computes.
    public let kernel: MatMulNBitsKernel

    /// Rows of 8-bit numbers and threads' memory. Nodes run one after the other and share them.
    private static let rows = ScratchPool()
    private static let pool = ScratchPool()

    /// Checks the attributes and chooses the kernel.
    ///
    /// - Parameter instructionSet: the set to use instead of the best available one.
    /// - Throws: an error that names the attribute or type, its value and what is served.
    public init(
        attributes: MatMulNBitsAttributes,
        activationType: ElementType,
        instructionSet: InstructionSet? = nil
    ) throws(OperatorError) {
        try MatMulNBitsRules.check(attributes)
        guard activationType.isActivation else {
            throw .notImplemented(
                "A must be float32, float16 or bfloat16, got \(activationType.name)"
            )
        }
        let set = instructionSet ?? InstructionSet.best
        guard let kernel = MatMulNBitsKernel.available.first(where: { $0.instructionSet <= set })
        else { throw .notImplemented("no kernel for \(set.name)") }
        self.attributes = attributes
        self.activationType = activationType
        self.kernel = kernel
    }

    /// Checks the types and shapes of a call.
    ///
    /// - Throws: `invalidArgument` with the tensor, what it has to be and what it is.
    /// - Complexity: O(1); allocates nothing unless it throws.
    public func shape(of inputs: MatMulNBitsInputs) throws(OperatorError) -> MatMulNBitsShape {
        try MatMulNBitsRules.check(inputs, attributes, activationType)
    }

    /// Multiplies.
    ///
    /// - Parameters:
    ///   - shape: from `shape(of:)` for these inputs.
    ///   - output: a tensor of `shape.output` in the activation type.
    ///   - executor: spreads the work; small calls do not use it.
    /// - Throws: `invalidArgument` if the output has another shape or type.
    public func run(
        _ shape: MatMulNBitsShape,
        _ inputs: MatMulNBitsInputs,
        output: TensorView,
        executor: some ParallelExecutor
    ) throws(OperatorError) {
        try MatMulNBitsRules.check(output: output, shape, activationType)
        guard shape.rowCount > 0 else { return }
        let plan = MatMulNBitsPlan(shape, attributes, threadCount: executor.threadCount)
        Self.rows.withMemory(byteCount: plan.rowsByteCount) { memory in
            var first = 0
            while first < shape.rowCount {
                let task = MatMulNBitsTask(
                    inputs,
                    output: output,
                    attributes,
                    firstRow: first,
                    rowCount: min(plan.rowsTogether, shape.rowCount - first),
                    rows: memory,
                    columnsPerItem: plan.columnsPerItem
                )
                run(task, plan, executor)
                first += task.rowCount
            }
        }
    }

    private func run(
        _ task: MatMulNBitsTask,
        _ plan: MatMulNBitsPlan,
        _ executor: some ParallelExecutor
    ) {
        withUnsafePointer(to: task) { task in
            if plan.quantisesSerially {
                quantise(task, plan, SerialExecutor())
            } else {
                quantise(task, plan, executor)
            }
            if plan.multipliesSerially {
                multiply(task, SerialExecutor())
            } else {
                multiply(task, executor)
            }
        }
    }

    private func quantise(
        _ task: UnsafePointer<MatMulNBitsTask>,
        _ plan: MatMulNBitsPlan,
        _ executor: some ParallelExecutor
    ) {
        let rows = MatMulNBitsPlan.padded(task.pointee.rowCount)
        spread(task, count: rows, executor) { kernel.functions.quantise(task, $0, $1) }
    }

    private func multiply(
        _ task: UnsafePointer<MatMulNBitsTask>,
        _ executor: some ParallelExecutor
    ) {
        spread(task, count: task.pointee.itemCount, executor) {
            kernel.functions.multiply(task, $0, $1)
        }
    }

    private func spread(
        _ task: UnsafePointer<MatMulNBitsTask>,
        count: Int,
        _ executor: some ParallelExecutor,
        _ body: (Int, UnsafeMutableRawPointer) -> Void
    ) {
        let size = kernel.functions.scratchSize(task)
        WorkQueue.run(count: count, on: executor, Self.pool, scratchSize: size, body)
    }
}
