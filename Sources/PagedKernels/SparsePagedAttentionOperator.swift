public import PagedAttention

/// One SparsePagedAttention node: attention over selected entries, and optionally over the positions
/// that ``PagedAttentionOperator`` attends to.
///
/// Results are the same bits whatever the executor and the rest of the batch. Calls may run at the
/// same time on several threads, as long as they do not write to the same places of a cache.
public final class SparsePagedAttentionOperator: Sendable {
    /// What a query attends to.
    public let selection: SparseSelection
    private let attention: PagedAttentionOperator

    /// Checks the attributes and chooses the kernels, as ``PagedAttentionOperator`` does.
    ///
    /// - Parameters:
    ///   - attributes: those that both operators have.
    ///   - sparse: those that only this one has.
    ///   - selection: the families of kernels that may serve.
    ///   - instructionSet: the set to use instead of the best available one.
    public init(
        attributes: AttentionAttributes,
        sparse: SparseSelection,
        activationType: ElementType,
        cacheType: ElementType,
        selection: KernelSelection = .automatic,
        instructionSet: InstructionSet? = nil
    ) throws(OperatorError) {
        self.selection = sparse
        attention = try PagedAttentionOperator(
            attributes: attributes,
            activationType: activationType,
            cacheType: cacheType,
            selection: selection,
            instructionSet: instructionSet
        )
    }

    /// Checks the types and shapes of a call against the operator's rules.
    ///
    /// - Throws: `invalidArgument` with the first rule broken, `notImplemented` for sizes that no
    ///   kernel serves.
    public func shape(of inputs: borrowing SparseInputs) throws(OperatorError) -> AttentionShape {
        let inputs = copy inputs
        let shape = try attention.shape(of: inputs.attention)
        try SparseRules.check(
            SparseRuleContext(inputs: inputs, selection: selection, shape: shape)
        )
        return shape
    }

    /// The kernel that serves the sizes of a call.
    public func kernel(for shape: AttentionShape) throws(OperatorError) -> KernelChoice {
        try attention.kernel(for: shape)
    }

    /// Writes the new keys and values into the caches, then attends; see
    /// ``PagedAttentionOperator/run(_:_:output:executor:)``.
    public func run(
        _ shape: AttentionShape,
        _ inputs: SparseInputs,
        output: TensorView,
        executor: some ParallelExecutor
    ) throws(OperatorError) {
        try attention.check(output, shape)
        try SparseRules.checkMetadata(inputs)
        guard shape.tokenCount > 0 else { return }
        try attention.prepare(inputs.attention, shape)
        try attention.perform(
            shape,
            inputs.attention,
            output,
            reference: {
                ReferenceAttention(attributes: attention.attributes)
                    .run(shape, inputs, selection, output)
            },
            kernel: { functions, task, _ in
                let sparse = SparseTask(task: task, inputs: inputs, selection: selection)
                attention.runSparse(functions, task, sparse, executor)
            }
        )
    }
}
