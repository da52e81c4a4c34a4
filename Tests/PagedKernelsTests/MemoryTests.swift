import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Nothing outside the tensors is touched, whatever the values are.
@Suite struct MemoryTests {
    @Test(arguments: ConformanceCases.kernels)
    func `Tensors that end at a page without access give the same bits`(
        _ kernel: KernelRecord
    ) throws {
        for (index, base) in ConformanceCases.all.enumerated() {
            let c = base.with {
                $0.activation = kernel.activationType
                $0.cache = kernel.cacheType
                $0.seed = UInt64(index)
            }
            guard c.isAllowed else { continue }
            let plain = try CaseTensors(c).run(c, kernel.instructionSet)
            let guarded = try CaseTensors(c).guarded().run(c, kernel.instructionSet)
            #expect(plain.matches(guarded), "\(kernel.name), \(c)")
        }
    }

    @Test(arguments: ConformanceCases.kernels)
    func `Any values of lengths, tables and slots are survived`(_ kernel: KernelRecord) throws {
        for seed in 0..<UInt64(300) {
            var random = SplitMix(seed: seed)
            let c = AttentionCase(
                activation: kernel.activationType,
                cache: kernel.cacheType,
                headSize: 8,
                lengths: [.init(past: 20, new: 9), .init(past: 0, new: 3), .init(past: 5, new: 1)],
                slots: seed % 2 == 0 ? .none : .derived,
                window: seed % 3 == 0 ? Int.max : 7,
                isCausal: seed % 5 != 0,
                seed: seed
            )
            var tensors = CaseTensors(c)
            tensors.starts = tensors.starts.withRandomIntegers(&random)
            tensors.past = tensors.past.withRandomIntegers(&random)
            tensors.table = tensors.table.withRandomIntegers(&random)
            tensors.slots = tensors.slots?.withRandomIntegers(&random)
            tensors.output = Tensor(c.activation, tensors.output.view.shape) { _ in .nan }
            try tensors.guarded().run(c, kernel.instructionSet)
        }
    }

    @Test func `Every output row is written when lengths are malformed`() throws {
        for seed in 0..<UInt64(100) {
            var random = SplitMix(seed: seed)
            let c = AttentionCase(lengths: [.init(past: 9, new: 9), .init(past: 0, new: 3)])
            var tensors = CaseTensors(c)
            tensors.starts = tensors.starts.withRandomIntegers(&random)
            tensors.past = tensors.past.withRandomIntegers(&random)
            tensors.output = Tensor(c.activation, tensors.output.view.shape) { _ in .nan }
            try tensors.run(c)
            #expect(tensors.output.values.allSatisfy { $0.isFinite }, "seed \(seed)")
        }
    }
}

extension CaseTensors {
    /// The same tensors, each ending where a page without access begins.
    func guarded() -> CaseTensors {
        var copy = self
        copy.query = query.copy(guarded: true)
        copy.key = key?.copy(guarded: true)
        copy.value = value?.copy(guarded: true)
        copy.keyCache = keyCache.copy(guarded: true)
        copy.valueCache = valueCache?.copy(guarded: true)
        copy.keyScale = keyScale?.copy(guarded: true)
        copy.valueScale = valueScale?.copy(guarded: true)
        copy.starts = starts.copy(guarded: true)
        copy.past = past.copy(guarded: true)
        copy.table = table.copy(guarded: true)
        copy.cosine = cosine?.copy(guarded: true)
        copy.sine = sine?.copy(guarded: true)
        copy.slots = slots?.copy(guarded: true)
        copy.sink = sink?.copy(guarded: true)
        copy.queryNorm = queryNorm?.copy(guarded: true)
        copy.keyNorm = keyNorm?.copy(guarded: true)
        copy.output = output.copy(guarded: true)
        return copy
    }
}

extension Tensor {
    /// The same integers, most of them replaced by extreme or small random ones.
    func withRandomIntegers(_ random: inout SplitMix) -> Tensor {
        let count = view.shape.elementCount
        let values = (0..<count).map { index -> Int32 in
            switch Int.random(in: 0..<8, using: &random) {
            case 0: .max
            case 1: .min
            case 2: -1
            case 3: Int32.random(in: Int32.min...Int32.max, using: &random)
            case 4, 5: Int32.random(in: -2...40, using: &random)
            default: view.integers[index]
            }
        }
        return Tensor(values, view.shape)
    }
}
