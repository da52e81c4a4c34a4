public import PagedAttention

/// One PagedAttention node: its attributes, and the kernel that was chosen for it.
///
///     let attention = try PagedAttentionOperator(
///         attributes: attributes, activationType: .float16, cacheType: .float16)
///     let shape = try attention.shape(of: inputs)
///     try attention.run(shape, inputs, output: output, executor: SerialExecutor())
///
/// Results are the same bits whatever the executor, the rest of the batch, the blocks that hold a
/// sequence, and the way in which its tokens were spread over calls. Calls may run at the same time on
/// several threads, as long as they do not write to the same places of a cache.
public final class PagedAttentionOperator: Sendable {
    /// The attributes of the node.
    public let attributes: AttentionAttributes
    /// The kernel that serves the node.
    public let kernel: KernelRecord
    private let pool = ScratchPool()

    /// Checks the attributes and chooses the most capable kernel.
    ///
    /// - Parameters:
    ///   - activationType: of queries, keys, values and output.
    ///   - cacheType: of the key and the value cache.
    ///   - instructionSet: the set to use instead of the best available one.
    /// - Throws: `invalidArgument` for attributes that the operator does not allow, `notImplemented`
    ///   naming the feature or pair of types that no kernel of this build serves.
    public init(
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType,
        instructionSet: InstructionSet? = nil
    ) throws(OperatorError) {
        try attributes.validate()
        guard attributes.cacheLayout == .separate else {
            throw .notImplemented("kv_cache_layout LATENT is not implemented")
        }
        guard cacheType.isActivation else {
            throw .notImplemented("a quantized cache (\(cacheType.name)) is not implemented")
        }
        let record = KernelList.available.first {
            $0.activationType == activationType && $0.cacheType == cacheType
                && (instructionSet == nil || $0.instructionSet == instructionSet)
        }
        guard let record else {
            throw .notImplemented(
                "no kernel for \(activationType.name) activations, a \(cacheType.name) cache and "
                    + "\(instructionSet?.name ?? "any") instructions"
            )
        }
        self.attributes = attributes
        kernel = record
    }

    /// Checks the types and shapes of a call against the operator's rules.
    ///
    /// - Throws: `invalidArgument` with the first rule broken, `notImplemented` for a head size that
    ///   the kernel does not serve.
    /// - Complexity: O(1); allocates nothing unless it throws.
    public func shape(
        of inputs: borrowing AttentionInputs
    ) throws(OperatorError) -> AttentionShape {
        let context = context(copy inputs)
        try ShapeRules.check(ShapeRules.all, context)
        guard kernel.headSizes.admits(context.headSize) else {
            throw .notImplemented("head_size \(context.headSize) is not implemented")
        }
        return context.shape
    }

    /// Writes the new keys and values into the caches, then attends.
    ///
    /// Values of lengths, tables and slots may be anything: what is out of bounds is left out.
    ///
    /// - Parameters:
    ///   - shape: from `shape(of:)` for these inputs.
    ///   - inputs: the tensors; the two caches are changed in place.
    ///   - output: a tensor of `shape.outputShape` in the activation type.
    ///   - executor: spreads the work; small calls do not use it.
    /// - Throws: `invalidArgument`, before anything is written, if the output has another shape or
    ///   type, the rotary caches are too short, or the metadata contradicts itself.
    public func run(
        _ shape: AttentionShape,
        _ inputs: AttentionInputs,
        output: TensorView,
        executor: some ParallelExecutor
    ) throws(OperatorError) {
        try check(output, shape)
        guard shape.tokenCount > 0 else { return }
        try ShapeRules.check(ShapeRules.capacity, context(inputs))
        try ValueRules.checkMetadata(inputs, shape)
        let size = CallPlan.byteCount(sequenceCount: shape.sequenceCount)
        let outcome: OperatorError? = pool.withMemory(byteCount: size) { memory in
            let plan = CallPlan(
                memory: memory,
                sequenceCount: shape.sequenceCount,
                tokensPerTile: WorkPlan.tokensPerTile(shape)
            )
            let positions = SequenceLayout.sanitise(
                inputs,
                shape,
                starts: plan.starts,
                past: plan.past
            )
            if let error = ValueRules.positionError(positions, shape, attributes) { return error }
            let task = KernelTask(
                inputs: inputs,
                output: output,
                shape: shape,
                attributes: attributes,
                plan: plan
            )
            run(task, plan, shape, executor)
            return nil
        }
        if let outcome { throw outcome }
    }

    private func context(_ inputs: AttentionInputs) -> RuleContext {
        RuleContext(
            inputs: inputs,
            attributes: attributes,
            activationType: kernel.activationType,
            cacheType: kernel.cacheType
        )
    }

    private func check(_ output: TensorView, _ shape: AttentionShape) throws(OperatorError) {
        guard output.elementType == kernel.activationType, output.shape == shape.outputShape else {
            throw .invalidArgument(
                "output must be \(kernel.activationType.name) of shape \(shape.outputShape), got "
                    + "\(output.elementType.name) of shape \(output.shape)"
            )
        }
    }
}

extension PagedAttentionOperator {
    /// Runs the two phases of a call. Every write comes before any attention.
    private func run(
        _ task: KernelTask,
        _ plan: CallPlan,
        _ shape: AttentionShape,
        _ executor: some ParallelExecutor
    ) {
        let (items, work) = WorkPlan.count(plan, shape)
        withUnsafePointer(to: task) { task in
            let size = kernel.functions.scratchSize(task)
            if work < WorkPlan.serialLimit {
                runPhases(task, items: items, scratchSize: size, SerialExecutor())
            } else {
                runPhases(task, items: items, scratchSize: size, executor)
            }
        }
    }

    private func runPhases(
        _ task: UnsafePointer<KernelTask>,
        items: Int,
        scratchSize: Int,
        _ executor: some ParallelExecutor
    ) {
        let functions = kernel.functions
        let tokens = task.pointee.tokenCount
        let stretch = WorkPlan.tokensPerWrite
        let stretches = (tokens + stretch - 1) / stretch
        WorkQueue.run(count: stretches, on: executor, pool, scratchSize: scratchSize) {
            let first = $0 * stretch
            functions.write(task, first, min(stretch, tokens - first), $1)
        }
        // Later query tiles of a prompt see more keys: longest first.
        WorkQueue.run(count: items, on: executor, pool, scratchSize: scratchSize) {
            functions.attend(task, items - 1 - $0, $1)
        }
    }
}
