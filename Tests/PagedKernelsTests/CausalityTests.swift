import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// What a token does not see has no effect on it, even if it is not a number.
@Suite struct CausalityTests {
    /// A prompt of 90 tokens whose keys and values are bad from a token on.
    private struct Prompt {
        var attention: AttentionCase
        let firstBad: Int

        /// Spoils three numbers of keys and values.
        func spoil(_ tensors: CaseTensors) {
            for (index, bad) in [Double.infinity, .nan, -.infinity].enumerated() {
                let width = attention.keyValueHeads * attention.headSize
                let element = (firstBad + 2 * index) * width + 7 * index
                tensors.value?.view.store(bad, at: element)
                tensors.key?.view.store(bad, at: element)
            }
        }

        /// The tokens that see none of it: before it, and where windows end, after it.
        var unspoiled: [Int] {
            let window = attention.window
            return (0..<attention.tokenCount).filter {
                $0 < firstBad || window > 0 && $0 >= firstBad + 4 + window
            }
        }
    }

    private static func prompts(_ activation: ElementType, _ cache: ElementType) -> [Prompt] {
        [(2, 70), (2, 33), (12, 41), (1, 2)].map { heads, firstBad in
            let c = AttentionCase(
                activation: activation,
                cache: cache,
                heads: heads,
                keyValueHeads: 1,
                headSize: 40,
                lengths: [.init(past: 5, new: 90)]
            )
            return Prompt(attention: c, firstBad: firstBad)
        }
    }

    private func check(
        _ prompt: Prompt,
        _ name: String,
        _ run: (CaseTensors) throws -> Void
    ) throws {
        let c = prompt.attention
        let (clean, spoiled) = (CaseTensors(c), CaseTensors(c))
        prompt.spoil(spoiled)
        try run(clean)
        try run(spoiled)
        let size = c.heads * (c.valueHeadSize ?? c.headSize) * c.activation.byteCount
        let reached = prompt.unspoiled.filter { token in
            let bytes = (token * size)..<((token + 1) * size)
            return !clean.output.bytes[bytes].elementsEqual(spoiled.output.bytes[bytes])
        }
        #expect(reached == [], "\(name), \(c.heads) heads, bad from token \(prompt.firstBad)")
        #expect(spoiled.output.values.contains { $0.isNaN })
    }

    @Test(arguments: ConformanceCases.kernels.filter { $0.cacheType.isActivation })
    func `Infinite and NaN values of later tokens reach no earlier token`(
        _ kernel: KernelRecord
    ) throws {
        for prompt in Self.prompts(kernel.activationType, kernel.cacheType) {
            try check(prompt, kernel.name) { try $0.run(prompt.attention, kernel.instructionSet) }
        }
    }

    @Test(arguments: EmulatedKernel.all, [ElementType.float16, .bfloat16])
    func `Infinite and NaN values reach no row of a CUDA kernel that does not see them`(
        _ kernel: EmulatedKernel,
        _ type: ElementType
    ) throws {
        let windows = Self.prompts(type, type).map { prompt in
            var prompt = prompt
            prompt.attention.window = 11
            return prompt
        }
        let boxes = (Self.prompts(type, type) + windows).map { prompt in
            var prompt = prompt
            prompt.attention.blockSize = 64
            return prompt
        }
        var latent = Self.prompts(type, type)[1]
        (latent.attention.layout, latent.attention.scale) = (.latent, 0.2)
        for prompt in Self.prompts(type, type) + windows + boxes + [latent]
        where kernel.serves(prompt.attention) {
            for parts in [1, 3] as [Int32] {
                try check(prompt, kernel.testDescription) {
                    try $0.run(prompt.attention, on: kernel, parts: parts)
                }
            }
        }
    }

    /// Bad values keep their meaning for those who see them: infinities of one sign stay infinite.
    @Test(arguments: EmulatedKernel.all)
    func `Rows of a CUDA kernel that see an infinite value are infinite`(
        _ kernel: EmulatedKernel
    ) throws {
        let c = AttentionCase(
            activation: .float16,
            cache: .float16,
            headSize: 32,
            lengths: [.init(past: 5, new: 90)],
            window: 11
        )
        guard kernel.serves(c) else { return }
        let tensors = CaseTensors(c)
        tensors.value?.view.store(-.infinity, at: 40 * c.keyValueHeads * c.headSize + 3)
        try tensors.run(c, on: kernel)
        let wrong = tensors.output.values.enumerated().filter { index, value in
            let (token, channel) = (index / (c.heads * c.headSize), index % c.headSize)
            let isOfHead = index / c.headSize % c.heads < c.heads / c.keyValueHeads
            let isSeen = isOfHead && channel == 3 && (40..<51).contains(token)
            return isSeen ? value != -.infinity : !value.isFinite
        }
        #expect(wrong.map(\.offset) == [], "\(kernel.testDescription)")
    }

    /// NaN has a code in float8e4m3fn, which only caches from elsewhere hold.
    @Test(arguments: EmulatedKernel.all, [ElementType.float16, .bfloat16])
    func `The code of NaN reaches no row of a CUDA kernel that does not see it`(
        _ kernel: EmulatedKernel,
        _ type: ElementType
    ) throws {
        let c = AttentionCase(
            activation: type,
            cache: .float8e4m3fn,
            headSize: 64,
            lengths: [.init(past: 60, new: 40)],
            window: 30
        )
        guard kernel.serves(c) else { return }
        let (clean, spoiled) = (CaseTensors(c), CaseTensors(c))
        let place = Int(spoiled.table.view.integers[2]) * c.blockSize + 9  // position 41
        for channel in 0..<(c.keyValueHeads * c.headSize) {
            let offset = place * c.keyValueHeads * c.headSize + channel
            spoiled.valueCache?.view.base.storeBytes(of: 0x7f, toByteOffset: offset, as: UInt8.self)
        }
        try clean.run(c, on: kernel)
        try spoiled.run(c, on: kernel)
        let width = c.heads * c.headSize
        let (expected, seen) = (clean.output.values, spoiled.output.values)
        let wrong = seen.indices.filter { index in
            let isSeen = index / width < 11  // positions 60 to 70
            return isSeen ? !seen[index].isNaN : seen[index] != expected[index]
        }
        #expect(wrong == [], "\(kernel.testDescription)")
    }

    /// A prompt whose first block is nowhere; the queries of some tokens that see nothing else are no
    /// numbers. `run` says whether there is a kernel for it.
    private func checkUnseeing(
        _ activation: ElementType,
        _ cache: ElementType,
        _ name: String,
        _ run: (AttentionCase, CaseTensors) throws -> Bool
    ) throws {
        let c = AttentionCase(
            activation: activation,
            cache: cache,
            lengths: [.init(past: 5, new: 40)],
            window: 4
        )
        let tensors = CaseTensors(c)
        tensors.table.view.base.storeBytes(of: -1, as: Int32.self)
        let width = c.heads * c.headSize
        for (token, bad) in [Double.nan, .infinity, -.infinity].enumerated() {
            for head in 0..<c.heads {
                tensors.query.view.store(bad, at: (2 + token) * width + head * c.headSize + 3)
            }
        }
        guard try run(c, tensors) else { return }
        let values = tensors.output.values
        let wrong = values.indices.filter { index in
            index / width < 11 ? values[index] != 0 : !values[index].isFinite
        }
        #expect(wrong == [], "\(name)")
        #expect(values.contains { $0 != 0 }, "\(name)")
    }

    @Test(arguments: ConformanceCases.kernels)
    func `A query that is no number and sees nothing has an output of zero`(
        _ kernel: KernelRecord
    ) throws {
        try checkUnseeing(kernel.activationType, kernel.cacheType, kernel.name) {
            try $1.run($0, kernel.instructionSet)
            return true
        }
    }

    @Test(arguments: EmulatedKernel.all, [ElementType.float16, .int8, .float8e4m3fn, .int4])
    func `A query that is no number and sees nothing has an output of zero from CUDA kernels`(
        _ kernel: EmulatedKernel,
        _ cache: ElementType
    ) throws {
        try checkUnseeing(.float16, cache, kernel.testDescription) {
            guard kernel.serves($0) else { return false }
            try $1.run($0, on: kernel)
            return true
        }
    }
}
