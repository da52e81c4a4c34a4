package import PagedAttention
internal import PagedKernels

/// A call of `SparsePagedAttention`: a call of `PagedAttention` and what its tokens select.
package struct SparseCase: Sendable {
    package var base: AttentionCase
    package var selection: SparseSelection
    package var columns: Int
    package var auxiliaryCapacity = 11
    package var auxiliaryHeads = 1

    package init(
        base: AttentionCase = AttentionCase(),
        selection: SparseSelection = SparseSelection(),
        columns: Int = 7
    ) {
        (self.base, self.selection, self.columns) = (base, selection, columns)
    }

    /// Every way to select, and the features of the attention.
    package static let all: [SparseCase] = {
        let changes: [(inout SparseCase) -> Void] = [
            { _ in },
            { $0.selection.mode = .localPlusSelected },
            { ($0.selection.mode, $0.base.window) = (.localPlusSelected, 9) },
            { ($0.base.isCausal, $0.base.softcap) = (false, 2) },
            { ($0.base.hasSink, $0.base.hasNorm, $0.columns) = (true, true, 70) },
            { ($0.base.rotary, $0.base.slots, $0.base.isPacked) = (.half, .skipping, true) },
            { ($0.base.hasHoles, $0.base.heads) = (true, 14) },
            { $0.selection.source = .auxiliary },
            {
                ($0.selection.source, $0.selection.isAuxiliaryShared) = (.auxiliary, true)
                ($0.selection.mode, $0.auxiliaryHeads) = (.localPlusSelected, 2)
            },
            { $0.columns = 0 },
        ]
        let base = SparseCase().with { $0.base.lengths = ConformanceCases.mixed }
        return changes.map { base.with($0) }
    }()

    package func with(_ change: (inout SparseCase) -> Void) -> SparseCase {
        var copy = self
        change(&copy)
        return copy
    }
}

/// The tensors of one case, filled from its seed.
package struct SparseTensors {
    package var attention: CaseTensors
    package var indices: Tensor
    package var counts: Tensor
    package var key: Tensor?
    package var value: Tensor?
    package var lengths: Tensor?

    /// Most entries are in range; some are negative, too large or twice in a row.
    package init(_ c: SparseCase) {
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

    package func inputs(_ attention: AttentionInputs) -> SparseInputs {
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

    /// The reference's output; the caches are changed in place.
    package func reference(_ c: SparseCase) throws -> [Double] {
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
}

/// The reference's result of a case of `SparsePagedAttention`.
package struct SparseReference {
    private let output: [Double]
    private let keys: [Double]

    package init(_ c: SparseCase) throws {
        let exact = SparseTensors(c)
        output = try exact.reference(c)
        keys = exact.attention.keys(c.base)
    }

    /// What of a kernel's results is not within the bound.
    ///
    /// Nothing is said where norm and rotation let a code fall to the other side of a tie.
    package func problems(_ tensors: SparseTensors, _ c: SparseCase) -> [String] {
        let hasSameKeys = tensors.attention.keys(c.base) == keys
        guard hasSameKeys || !c.base.isQuantised else { return [] }
        let error = ReferenceResult.error(tensors.attention.output.values, output)
        let limit = 4 * ErrorBound.probe(c.base.activation)
        return error <= limit ? [] : ["error \(error) above \(limit)"]
    }
}
