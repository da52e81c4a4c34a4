import PagedAttention
import PagedCases
import PagedKernels

/// A call of `SparsePagedAttention`: a call of `PagedAttention` and what its tokens select.
struct SparseCase: Sendable {
    var base = AttentionCase()
    var selection = SparseSelection()
    var columns = 7
    var auxiliaryCapacity = 11
    var auxiliaryHeads = 1

    func with(_ change: (inout SparseCase) -> Void) -> SparseCase {
        var copy = self
        change(&copy)
        return copy
    }
}

/// The tensors of one case, filled from its seed.
struct SparseTensors {
    var attention: CaseTensors
    var indices: Tensor
    var counts: Tensor
    var key: Tensor?
    var value: Tensor?
    var lengths: Tensor?

    /// Most entries are in range; some are negative, too large or twice in a row.
    init(_ c: SparseCase) {
        attention = CaseTensors(c.base)
        var random = SplitMix(seed: c.base.seed &+ 99)
        let tokens = c.base.tokenCount
        let range = Int32(c.selection.source == .main ? c.base.longest : c.auxiliaryCapacity)
        let entries = (0..<tokens * c.columns).map { index in
            index % 9 == 8
                ? [-1, range, .max, .min][index % 4]
                : Int32.random(in: 0..<max(range, 1), using: &random)
        }
        indices = Tensor(entries, TensorShape(tokens, c.columns))
        counts = Tensor(
            (0..<tokens).map { $0 % 5 == 4 ? [-3, .max][$0 % 2] : Int32($0 % (c.columns + 1)) }
        )
        guard c.selection.source == .auxiliary else { return }
        let shape = TensorShape(
            c.base.lengths.count,
            c.auxiliaryCapacity,
            c.auxiliaryHeads,
            c.base.headSize
        )
        func rows() -> Tensor {
            Tensor(c.base.activation, shape) { _ in Double.random(in: -1...1, using: &random) }
        }
        key = rows()
        value = c.selection.isAuxiliaryShared ? nil : rows()
        lengths = Tensor((0..<shape[0]).map { Int32(c.auxiliaryCapacity - 2 + $0 * 3) })
    }

    func inputs(_ attention: AttentionInputs) -> SparseInputs {
        var inputs = SparseInputs(
            attention: attention,
            selectedIndices: indices.view,
            selectedCounts: counts.view
        )
        inputs.auxiliaryKey = key?.view
        inputs.auxiliaryValue = value?.view
        inputs.auxiliaryLengths = lengths?.view
        return inputs
    }

    /// Runs a kernel; the caches are changed in place.
    @discardableResult
    func run(
        _ c: SparseCase,
        _ instructionSet: InstructionSet? = nil,
        executor: some ParallelExecutor = SerialExecutor()
    ) throws -> CaseResult {
        let operation = try SparsePagedAttentionOperator(
            attributes: c.base.attributes,
            sparse: c.selection,
            activationType: c.base.activation,
            cacheType: c.base.cacheTensor,
            instructionSet: instructionSet
        )
        try withExtendedLifetime(self) {
            try attention.withInputs { attention in
                let inputs = inputs(attention)
                let shape = try operation.shape(of: inputs)
                let output = self.attention.output.view
                try operation.run(shape, inputs, output: output, executor: executor)
            }
        }
        return attention.result
    }

    /// The reference's output; the caches are changed in place.
    func reference(_ c: SparseCase) throws -> [Double] {
        let operation = try SparsePagedAttentionOperator(
            attributes: c.base.attributes,
            sparse: c.selection,
            activationType: c.base.activation,
            cacheType: c.base.cacheTensor
        )
        return try withExtendedLifetime(self) {
            try attention.withInputs { attention in
                let inputs = inputs(attention)
                return ReferenceAttention(attributes: c.base.attributes)
                    .evaluate(try operation.shape(of: inputs), inputs, c.selection)
            }
        }
    }

    /// The same tensors, each ending where a page without access begins.
    func guarded() -> SparseTensors {
        var copy = self
        copy.attention = attention.guarded()
        copy.indices = indices.copy(guarded: true)
        copy.counts = counts.copy(guarded: true)
        copy.key = key?.copy(guarded: true)
        copy.value = value?.copy(guarded: true)
        copy.lengths = lengths?.copy(guarded: true)
        return copy
    }
}
