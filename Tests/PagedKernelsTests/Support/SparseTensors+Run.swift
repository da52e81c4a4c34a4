import PagedAttention
import PagedCases
import PagedKernels

extension SparseTensors {
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
