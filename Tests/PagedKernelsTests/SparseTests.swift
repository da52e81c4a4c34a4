import PagedAttention
import PagedCUDA
import PagedCases
import PagedKernels
import Testing

/// `SparsePagedAttention` on every kernel that this processor can run.
@Suite struct SparseTests {
    private func variants(_ kernel: KernelRecord) -> [SparseCase] {
        variants(TypePair(activation: kernel.activationType, cache: kernel.cacheType))
    }

    private func variants(_ pair: TypePair) -> [SparseCase] {
        SparseCase.all.map {
            $0.with { ($0.base.activation, $0.base.cache) = (pair.activation, pair.cache) }
        }
    }

    @Test(arguments: ConformanceCases.kernels)
    func `Every kernel agrees with the reference`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let tensors = SparseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            let problems = try SparseReference(c).problems(tensors, c)
            #expect(problems == [], "\(kernel.name), \(c)")
        }
    }

    @Test(arguments: ConformanceCases.kernels)
    func `Threads and guard pages change no bit`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let plain = try SparseTensors(c).run(c, kernel.instructionSet)
            let guarded = try SparseTensors(c).guarded()
                .run(c, kernel.instructionSet, executor: ConcurrentExecutor())
            #expect(plain.matches(guarded), "\(kernel.name), \(c)")
        }
    }

    @Test(arguments: CUDAConformanceTests.typePairs)
    func `The CUDA kernel agrees with the reference`(_ pair: TypePair) throws {
        for c in variants(pair) {
            let tensors = SparseTensors(c)
            try tensors.attention.run(c.base, on: .sparse) { call in
                tensors.attention.withInputs { call.setCandidates(tensors.inputs($0), c.selection) }
            }
            let problems = try SparseReference(c).problems(tensors, c)
            #expect(problems == [], "\(pair), \(c)")
        }
    }

    @Test func `Every position selected is the attention of PagedAttention`() throws {
        let c = SparseCase(base: AttentionCase(lengths: [.init(past: 50, new: 1)]), columns: 51)
        var sparse = SparseTensors(c)
        sparse.indices = Tensor((0..<51).map(Int32.init), TensorShape(1, 51))
        sparse.counts = Tensor([51])
        let selected = try sparse.run(c)
        let dense = try CaseTensors(c.base).run(c.base)
        #expect(selected.matches(dense))
    }

    @Test(arguments: [
        ("selected_indices must have shape (5, any)", 0), ("selected_counts must have", 1),
        ("auxiliary_key or auxiliary_lengths is missing", 2),
        ("auxiliary_value is missing", 3), ("auxiliary_kv_shared is 1, but", 4),
        ("selected_kv_source is main, but", 5), ("auxiliary_key must have shape (1, any", 6),
        ("auxiliary_key dimension 2 must be 1 or 2", 7),
        ("must have the shape of auxiliary_key", 8),
        ("auxiliary_lengths must have shape (1)", 9),
        ("selected_counts must have element type", 10),
        ("auxiliary_key must have element type float32", 11),
        ("selected_indices must have shape (5, any)", 12),
    ])
    func `A broken rule is named`(_ fragment: String, _ number: Int) {
        var c = SparseCase(selection: SparseSelection())
        if number >= 2 && number != 5 { c.selection.source = .auxiliary }
        var tensors = SparseTensors(c)
        let rows = Tensor(.float32, TensorShape(1, 11, 1, 64)) { _ in 0 }
        switch number {
        case 0: tensors.indices = Tensor([0], TensorShape(1, 1))
        case 1: tensors.counts = Tensor([0])
        case 2: tensors.lengths = nil
        case 3: tensors.value = nil
        case 4: c.selection.isAuxiliaryShared = true
        case 5: tensors.key = rows
        case 6: tensors.key = Tensor(.float32, TensorShape(2, 11, 1, 64)) { _ in 0 }
        case 7: tensors.key = Tensor(.float32, TensorShape(1, 11, 3, 64)) { _ in 0 }
        case 8: tensors.value = Tensor(.float32, TensorShape(1, 12, 1, 64)) { _ in 0 }
        case 9: tensors.lengths = Tensor([1, 2])
        case 10: tensors.counts = Tensor(.float32, TensorShape(5)) { _ in 0 }
        case 11: tensors.key = Tensor(.float16, TensorShape(1, 11, 1, 64)) { _ in 0 }
        default: tensors.indices = Tensor([], TensorShape(5, -3))
        }
        let error = #expect(throws: OperatorError.self) { try tensors.run(c) }
        #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "accepted")")
    }
}
