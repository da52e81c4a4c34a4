internal import PagedAttention
internal import PagedKernels

/// The operator that a case calls.
enum FuzzedOperator {
    case attention(PagedAttentionOperator)
    case sparse(SparsePagedAttentionOperator)

    /// The operator of a case, with its best kernels or the reference.
    init(_ fuzzCase: FuzzCase, isReference: Bool = false) throws(OperatorError) {
        let families = KernelSelection(sdpaKernel: isReference ? KernelFamily.math.rawValue : 0)
        let instructionSet = isReference ? nil : fuzzCase.instructionSet
        if let selection = fuzzCase.selection {
            self = .sparse(
                try SparsePagedAttentionOperator(
                    attributes: fuzzCase.attributes,
                    sparse: selection,
                    activationType: fuzzCase.activation,
                    cacheType: fuzzCase.cacheType,
                    selection: families,
                    instructionSet: instructionSet
                )
            )
        } else {
            self = .attention(
                try PagedAttentionOperator(
                    attributes: fuzzCase.attributes,
                    activationType: fuzzCase.activation,
                    cacheType: fuzzCase.cacheType,
                    selection: families,
                    instructionSet: instructionSet
                )
            )
        }
    }

    /// The shape of a call; nil if the case lacks a required tensor.
    func shape(of tensors: FuzzTensors) throws(OperatorError) -> AttentionShape? {
        guard let inputs = tensors.inputs else { return nil }
        switch self {
        case .attention(let attention): return try attention.shape(of: inputs)
        case .sparse(let sparse):
            guard let inputs = tensors.sparseInputs(inputs) else { return nil }
            return try sparse.shape(of: inputs)
        }
    }

    func run(
        _ shape: AttentionShape,
        _ tensors: FuzzTensors,
        threadCount: Int
    ) throws(OperatorError) {
        guard let inputs = tensors.inputs, let output = tensors[.output]?.view else { return }
        let executor = InTurnExecutor(threadCount: threadCount)
        switch self {
        case .attention(let attention):
            try attention.run(shape, inputs, output: output, executor: executor)
        case .sparse(let sparse):
            guard let inputs = tensors.sparseInputs(inputs) else { return }
            try sparse.run(shape, inputs, output: output, executor: executor)
        }
    }
}

/// The calling thread, which plays several.
private struct InTurnExecutor: ParallelExecutor {
    let threadCount: Int

    func run(count: Int, _ body: (Int) -> Void) {
        for index in 0..<max(count, 0) { body(index) }
    }
}
