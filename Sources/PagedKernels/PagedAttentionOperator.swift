public import PagedAttention

/// One PagedAttention node: its attributes, and the kernels that may serve its calls.
///
///     let attention = try PagedAttentionOperator(
///         attributes: attributes, activationType: .float16, cacheType: .float16)
///     let shape = try attention.shape(of: inputs)
///     try attention.run(shape, inputs, output: output, executor: SerialExecutor())
///
/// Results are the same bits whatever the executor, the rest of the batch, the blocks that hold a
/// sequence, and the way in which its tokens were spread over calls. Calls may run at the same time
/// on several threads, as long as they do not write to the same places of a cache.
public final class PagedAttentionOperator: Sendable {
    /// The attributes of the node.
    public let attributes: AttentionAttributes
    /// The kernels for the node's types, the most capable first, without the reference.
    public let kernels: [KernelRecord]
    /// The type of queries, keys, values and output.
    public let activationType: ElementType
    /// The type of the cache tensors.
    public let cacheType: ElementType
    /// What the elements of the caches are.
    let cacheFormat: ElementType
    private let choices: KernelChoices
    private let selection: KernelSelection
    let pool = ScratchPool()

    /// Most query heads for a key and value head: it bounds each thread's scratch memory.
    static let maximumGroupSize = 1024

    /// Checks the attributes and chooses the kernels.
    ///
    /// - Parameters:
    ///   - activationType: of queries, keys, values and output.
    ///   - cacheType: of the key and value cache tensors; `uint8` holds the 4-bit codes that the
    ///     attributes name.
    ///   - selection: the families of kernels that may serve.
    ///   - instructionSet: the set to use instead of the best available one.
    /// - Throws: `invalidArgument` for attributes that the operator does not allow,
    ///   `notImplemented` naming the feature or pair of types that no kernel of this build serves.
    public convenience init(
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType,
        selection: KernelSelection = .automatic,
        instructionSet: InstructionSet? = nil
    ) throws(OperatorError) {
        try self.init(
            attributes: attributes,
            activationType: activationType,
            cacheType: cacheType,
            records: KernelList.available.filter {
                instructionSet == nil || $0.instructionSet == instructionSet
            },
            selection: selection
        )
    }

    /// Like the public initialiser, with the kernels to choose from.
    package init(
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType,
        records: [KernelRecord],
        selection: KernelSelection = .automatic
    ) throws(OperatorError) {
        try attributes.validate()
        guard let cacheFormat = attributes.cacheFormat(ofTensor: cacheType) else {
            throw .invalidArgument(
                "k_cache_dtype must be explicit int4 or float4e2m1 for a uint8 cache, got "
                    + "'\(attributes.keyCacheType)'"
            )
        }
        guard attributes.groupSize <= Self.maximumGroupSize else {
            throw .notImplemented(
                "num_heads / kv_num_heads of \(attributes.groupSize) is not implemented; at most "
                    + "\(Self.maximumGroupSize) is"
            )
        }
        func serving(_ records: [KernelRecord]) -> [KernelRecord] {
            records.filter { $0.activationType == activationType && $0.cacheType == cacheFormat }
        }
        kernels = serving(records)
        guard !kernels.isEmpty else {
            throw .notImplemented(
                "no kernel for \(activationType.name) activations and a \(cacheFormat.name) cache"
            )
        }
        choices = KernelChoices(kernels + serving(KernelList.references), selection)
        guard !choices.isEmpty else { throw .invalidArgument(selection.refusal) }
        self.selection = selection
        self.attributes = attributes
        self.activationType = activationType
        self.cacheType = cacheType
        self.cacheFormat = cacheFormat
    }

    /// Checks the types and shapes of a call against the operator's rules.
    ///
    /// - Throws: `invalidArgument` with the first rule broken, `notImplemented` for sizes that no
    ///   kernel serves.
    /// - Complexity: O(1); allocates nothing unless it throws.
    public func shape(
        of inputs: borrowing AttentionInputs
    ) throws(OperatorError) -> AttentionShape {
        let context = context(copy inputs)
        try ShapeRules.check(ShapeRules.all, context)
        let shape = context.shape
        _ = try kernel(for: shape)
        return shape
    }

    /// What serves the sizes of a call: of the allowed families the preferred one.
    ///
    /// - Throws: `invalidArgument` naming the families that there are if none of the allowed ones
    ///   serves calls of this shape, `notImplemented` for sizes that no kernel serves.
    public func kernel(for shape: AttentionShape) throws(OperatorError) -> KernelChoice {
        let list = choices.list(for: shape)
        for choice in list
        where choice.kernel.headSizes.admits(shape.headSize)
            && choice.kernel.blockSizes.admits(shape.blockSize)
        {
            return choice
        }
        guard !list.isEmpty else { throw .invalidArgument(selection.refusal) }
        throw .notImplemented(
            "head_size \(shape.headSize) with blocks of \(shape.blockSize) is not implemented"
        )
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
        try prepare(inputs, shape)
        try ValueRules.checkMetadata(inputs, shape)
        try perform(
            shape,
            inputs,
            output,
            reference: { ReferenceAttention(attributes: attributes).run(shape, inputs, output) },
            kernel: { runKernel($0, $1, $2, shape, executor) }
        )
    }

    /// Checks what only a call with work to do has to keep.
    func prepare(_ inputs: AttentionInputs, _ shape: AttentionShape) throws(OperatorError) {
        try ShapeRules.check(ShapeRules.capacity, context(inputs))
    }

    /// Sanitises the lengths of a call and hands the task to `kernel`; calls `reference` where that is
    /// what serves.
    func perform(
        _ shape: AttentionShape,
        _ inputs: AttentionInputs,
        _ output: TensorView,
        reference: () -> Void,
        kernel: (KernelFunctions, KernelTask, CallPlan) -> Void
    ) throws(OperatorError) {
        let choice = try self.kernel(for: shape)
        let size = CallPlan.byteCount(sequenceCount: shape.sequenceCount)
        let outcome: OperatorError? = pool.withMemory(byteCount: size) { memory in
            let plan = CallPlan(memory: memory, sequenceCount: shape.sequenceCount)
            let positions = SequenceLayout.sanitise(
                inputs,
                shape,
                starts: plan.starts,
                past: plan.past
            )
            if let error = ValueRules.positionError(positions, shape, attributes) { return error }
            guard let functions = choice.kernel.functions else {
                reference()
                return nil
            }
            let task = KernelTask(
                inputs: inputs,
                output: output,
                shape: shape,
                attributes: attributes,
                cacheFormat: cacheFormat,
                plan: plan
            )
            kernel(functions, task, plan)
            return nil
        }
        if let outcome { throw outcome }
    }

    private func context(_ inputs: AttentionInputs) -> RuleContext {
        RuleContext(
            inputs: inputs,
            attributes: attributes,
            activationType: activationType,
            cacheType: cacheType
        )
    }

    func check(_ output: TensorView, _ shape: AttentionShape) throws(OperatorError) {
        guard output.elementType == activationType, output.shape == shape.outputShape else {
            throw .invalidArgument(
                "output must be \(activationType.name) of shape \(shape.outputShape), got "
                    + "\(output.elementType.name) of shape \(output.shape)"
            )
        }
    }
}
