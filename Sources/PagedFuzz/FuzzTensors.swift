internal import PagedAttention

/// The tensors of a case.
struct FuzzTensors {
    private var tensors: [TensorRole: ExactTensor]

    /// Fills every tensor of a case; the output is poisoned.
    init(_ fuzzCase: FuzzCase) {
        tensors = fuzzCase.outlines.mapValues { ExactTensor($0) }
        for (role, tensor) in tensors where tensor.hasMemory {
            if let integers = fuzzCase.integers[role], tensor.view.elementType == .int32 {
                tensor.fill(integers)
            } else {
                fuzzCase.fill.fill(tensor, role, largestCode: fuzzCase.largestCode)
            }
        }
        tensors[.output]?.poison()
    }

    subscript(_ role: TensorRole) -> ExactTensor? { tensors[role] }

    var haveMemory: Bool { tensors.values.allSatisfy(\.hasMemory) }

    /// The same tensors, with caches and output of their own.
    func withOwnCaches() -> FuzzTensors {
        var copy = self
        for role in [TensorRole.keyCache, .valueCache, .output] {
            copy.tensors[role] = tensors[role]?.copy()
        }
        return copy
    }

    /// Views of the tensors; nil if a required one is missing.
    var inputs: AttentionInputs? {
        guard let query = self[.query], let keyCache = self[.keyCache],
            let starts = self[.starts], let past = self[.past], let table = self[.blockTable]
        else { return nil }
        var inputs = AttentionInputs(
            query: query.view,
            key: self[.key]?.view,
            value: self[.value]?.view,
            keyCache: keyCache.view,
            valueCache: self[.valueCache]?.view,
            cumulativeSequenceLengths: starts.view,
            pastSequenceLengths: past.view,
            blockTable: table.view
        )
        inputs.cosineCache = self[.cosine]?.view
        inputs.sineCache = self[.sine]?.view
        inputs.slotMapping = self[.slotMapping]?.view
        inputs.headSink = self[.headSink]?.view
        inputs.queryNormWeight = self[.queryNorm]?.view
        inputs.keyNormWeight = self[.keyNorm]?.view
        inputs.keyScale = self[.keyScale]?.view
        inputs.valueScale = self[.valueScale]?.view
        inputs.attentionMetadata = self[.metadata]?.view
        return inputs
    }

    /// The same for a call of SparsePagedAttention.
    func sparseInputs(_ attention: AttentionInputs) -> SparseInputs? {
        guard let indices = self[.selectedIndices], let counts = self[.selectedCounts] else {
            return nil
        }
        var inputs = SparseInputs(
            attention: attention,
            selectedIndices: indices.view,
            selectedCounts: counts.view
        )
        inputs.auxiliaryKey = self[.auxiliaryKey]?.view
        inputs.auxiliaryValue = self[.auxiliaryValue]?.view
        inputs.auxiliaryLengths = self[.auxiliaryLengths]?.view
        inputs.metadata = self[.sparseMetadata]?.view
        return inputs
    }
}
