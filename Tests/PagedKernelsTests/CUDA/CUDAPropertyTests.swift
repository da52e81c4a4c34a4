import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// What CUDA kernels promise beyond the option grid.
@Suite struct CUDAPropertyTests {
    static let pairs = [
        TypePair(activation: .float16, cache: .float16),
        TypePair(activation: .bfloat16, cache: .int8),
        TypePair(activation: .float16, cache: .int4),
    ]

    /// A window whose first position is in the middle of every tile.
    private static let unaligned = AttentionCase(
        headSize: 16,
        lengths: [.init(past: 2999, new: 1), .init(past: 1503, new: 2)],
        window: 1223
    )

    private static let latent = AttentionCase(
        heads: 20,
        keyValueHeads: 1,
        headSize: 64,
        lengths: [.init(past: 900, new: 5), .init(past: 3, new: 1)],
        scale: 0.2
    ).with { ($0.layout, $0.valueHeadSize) = (.latent, 48) }

    private func check(
        _ c: AttentionCase,
        _ kernel: EmulatedKernel,
        parts: Int32 = 1,
        _ change: (inout CaseTensors) -> Void = { _ in }
    ) throws {
        guard c.isAllowed, kernel.serves(c) else { return }
        var exact = CaseTensors(c)
        change(&exact)
        let expectation = try ReferenceResult(c, exact)
        var tensors = CaseTensors(c)
        change(&tensors)
        try tensors.run(c, on: kernel, parts: parts)
        try expectation.check(tensors, c, kernel.testDescription)
    }

    private func typed(_ c: AttentionCase, _ pair: TypePair) -> AttentionCase {
        c.with {
            $0.activation = pair.activation
            $0.cache = pair.cache
        }
    }

    @Test(arguments: EmulatedKernel.all, pairs)
    func `Parts of a sequence add up`(_ kernel: EmulatedKernel, _ pair: TypePair) throws {
        for c in (LongCases.parts + [Self.unaligned, Self.latent]).map({ typed($0, pair) }) {
            for parts in [3, 64] as [Int32] { try check(c, kernel, parts: parts) }
        }
    }

    @Test(arguments: EmulatedKernel.all, pairs)
    func `The order of threads and blocks changes no bit`(
        _ kernel: EmulatedKernel,
        _ pair: TypePair
    ) throws {
        let c = typed(
            AttentionCase(
                heads: 6,
                keyValueHeads: 2,
                lengths: [.init(past: 700, new: 2), .init(past: 0, new: 40)],
                rotary: .half
            ),
            pair
        )
        guard kernel.serves(c) else { return }
        let natural = try CaseTensors(c).run(c, on: kernel, parts: 3)
        for seed in [1, 2, 3] as [UInt64] {
            let other = try CaseTensors(c).run(c, on: kernel, parts: 3, seed: seed)
            #expect(other.matches(natural), "\(kernel.testDescription), order \(seed), \(c)")
        }
    }

    @Test(arguments: EmulatedKernel.all, 1...24)
    func `Any values of lengths, tables and slots are safe`(
        _ kernel: EmulatedKernel,
        _ seed: Int
    ) throws {
        let c = AttentionCase(
            activation: .float16,
            cache: .float16,
            headSize: 32,
            lengths: (0..<(seed * 4)).map { .init(past: $0 * 7 % 50, new: $0 % 4) },
            slots: seed % 2 == 0 ? .derived : .none,
            seed: UInt64(seed)
        )
        var random = SplitMix(seed: UInt64(seed))
        func spoil(_ tensor: Tensor?, _ values: [Int32]) {
            guard let tensor else { return }
            for index in 0..<tensor.view.shape.elementCount
            where Int.random(in: 0..<6, using: &random) == 0 {
                let value = values.randomElement(using: &random) ?? 0
                tensor.view.base.storeBytes(of: value, toByteOffset: 4 * index, as: Int32.self)
            }
        }
        let total = Int32(c.tokenCount)
        try check(c, kernel) { tensors in
            random = SplitMix(seed: UInt64(seed))
            spoil(tensors.starts, [-3, 0, 1, total / 2, total, total + 9, .max, .min])
            spoil(tensors.past, [-1, 0, 17, 63, 64, .max, .min])
            spoil(tensors.table, [-1, .max, .min])
            spoil(tensors.slots, [-1, .max, .min])
        }
    }

    @Test(arguments: EmulatedKernel.all)
    func `Three hundred sequences find their tokens`(_ kernel: EmulatedKernel) throws {
        for heads in [2, 40] {
            let c = AttentionCase(
                activation: .float16,
                cache: .float16,
                heads: heads,
                keyValueHeads: 2,
                headSize: 32,
                lengths: (0..<300).map { .init(past: $0 % 9, new: $0 * 5 % 3) }
            )
            try check(c, kernel)
        }
    }

    @Test(arguments: EmulatedKernel.all, pairs)
    func `NaN in unused places reaches no output`(
        _ kernel: EmulatedKernel,
        _ pair: TypePair
    ) throws {
        for c in InvarianceTests.cases.map({ typed($0, pair) }) where kernel.serves(c) {
            let poisoned = CaseTensors(c)
            poisoned.poisonUnusedPlaces(c)
            let expected = try CaseTensors(c).run(c, on: kernel).output
            let seen = try poisoned.run(c, on: kernel).output
            #expect(seen.elementsEqual(expected), "\(kernel.testDescription), \(c)")
        }
    }
}
