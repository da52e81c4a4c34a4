internal import CProgram
internal import PagedAttention
internal import PagedKernelsBaseline

/// Reads a call, runs it as `PagedAttentionOperator` does on one thread, and writes what it left.
///
/// The program is what the tests run under an emulator where the processor is not arm64: the kernels,
/// the plan of the work and the numbers of a call are the package's own sources.
@c(program_answer)
public func answer() -> Bool {
    guard let call = Call() else { return false }
    if let product = call.product, let output = call[.output] {
        Product(inputs: product, output: output, attributes: call.productAttributes).run()
        call.write(.output)
        writeCounts((0, 0))
        return true
    }
    guard let inputs = call.inputs, let output = call[.output] else { return false }
    let kernel = Kernel(call, inputs, output)
    let counts = kernel.run(call)
    call.write(.output)
    call.write(.keyCache)
    call.write(.valueCache)
    writeCounts(counts)
    return true
}

private func writeCounts(_ counts: (Int, Int)) {
    withUnsafeBytes(of: counts) { program_write($0.baseAddress, $0.count) }
}

/// A call on its way through the kernels.
private struct Kernel {
    let functions = Kernels.functions()
    let pool = ScratchPool()
    let inputs: AttentionInputs
    let output: TensorView
    let attributes: AttentionAttributes
    let cache: ElementType
    let shape: AttentionShape

    init(_ call: borrowing Call, _ inputs: AttentionInputs, _ output: TensorView) {
        self.inputs = inputs
        self.output = output
        attributes = call.attributes
        cache = call.cache
        // Of caches it looks at the blocks alone, so their tensors' type serves.
        shape =
            RuleContext(
                inputs: inputs,
                attributes: attributes,
                activationType: inputs.query.elementType,
                cacheType: inputs.keyCache.elementType
            )
            .shape
    }

    /// - Returns: the items and the combinations that the call was cut into.
    func run(_ call: borrowing Call) -> (Int, Int) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: CallPlan.byteCount(sequenceCount: shape.sequenceCount),
            alignment: 64
        )
        defer { memory.deallocate() }
        let plan = CallPlan(memory: memory, sequenceCount: shape.sequenceCount)
        _ = SequenceLayout.sanitise(inputs, shape, starts: plan.starts, past: plan.past)
        let task = KernelTask(
            inputs: inputs,
            output: output,
            shape: shape,
            attributes: attributes,
            cacheFormat: cache,
            plan: plan
        )
        if let (inputs, selection) = call.sparse(inputs) {
            return runSparse(task, SparseTask(task: task, inputs: inputs, selection: selection))
        }
        let work = WorkPlan(
            plan,
            shape,
            attributes,
            bitsPerElement: cache.bitCount,
            threadCount: Int(call[.threads])
        )
        let list = WorkList(work, groupSize: shape.groupSize)
        list.withTask(task, work, functions, pool) { task in
            write(task)
            forEach(list.itemCount, task) { functions.attend(task, $0, $1) }
            forEach(list.combinationCount, task) { functions.combine(task, $0, $1) }
        }
        return (list.itemCount, list.combinationCount)
    }

    private func runSparse(_ task: KernelTask, _ sparse: SparseTask) -> (Int, Int) {
        let count = task.tokenCount * task.keyValueHeadCount
        withUnsafePointer(to: task) { task in
            write(task)
            withUnsafePointer(to: sparse) { sparse in
                forEach(count, task) { functions.attendSparse(sparse, $0, $1) }
            }
        }
        return (count, 0)
    }

    private func write(_ task: UnsafePointer<KernelTask>) {
        let tokens = shape.tokenCount
        let stretch = WorkPlan.tokensPerWrite
        forEach((tokens + stretch - 1) / stretch, task) {
            functions.write(task, $0 * stretch, min(stretch, tokens - $0 * stretch), $1)
        }
    }

    /// Last to first: the order of items does not matter.
    private func forEach(
        _ count: Int,
        _ task: UnsafePointer<KernelTask>,
        _ body: (Int, UnsafeMutableRawPointer) -> Void
    ) {
        pool.withMemory(byteCount: functions.scratchSize(task)) { memory in
            for index in stride(from: count - 1, through: 0, by: -1) { body(index, memory) }
        }
    }
}
