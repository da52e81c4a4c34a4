import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// The arm64 kernels, against the reference on this processor and against themselves.
@Suite(
    .serialized,
    .enabled(if: ARM64Program.isCurrent, Comment(rawValue: ARM64Program.absence))
)
struct ARM64Tests {
    typealias Length = AttentionCase.Length

    /// One pair of types for each cache type.
    static let pairs = ConformanceCases.typePairs.filter {
        $0.cache.isActivation || $0.activation == .float16
    }

    @Test(arguments: ConformanceCases.typePairs)
    func `arm64 kernels agree with the reference`(_ pair: TypePair) throws {
        for (index, base) in ConformanceCases.all.enumerated() {
            let c = base.with {
                ($0.activation, $0.cache) = (pair.activation, pair.cache)
                $0.seed = UInt64(index + 1)
            }
            guard c.isAllowed, ConformanceCases.includes(pair, index) else { continue }
            try check(c)
        }
    }

    @Test(arguments: pairs)
    func `Lengths and windows around every cut agree with the reference`(_ pair: TypePair) throws {
        let lengths = [(0, 1), (15, 1), (16, 2), (31, 33), (0, 65), (63, 1), (64, 3), (1, 127)]
        for (window, group) in [(-1, 1), (-1, 2), (16, 4), (33, 8)] {
            let c = AttentionCase(
                activation: pair.activation,
                cache: pair.cache,
                heads: group,
                keyValueHeads: 1,
                headSize: 24,
                lengths: lengths.map { Length(past: $0.0, new: $0.1) },
                window: window
            )
            try check(c)
        }
    }

    @Test(arguments: pairs)
    func `Parts as items of their own change no bit`(_ pair: TypePair) throws {
        let c = AttentionCase(
            activation: pair.activation,
            cache: pair.cache,
            headSize: 16,
            blockSize: 64,
            lengths: [Length(past: 2100, new: 1), Length(past: 1020, new: 9)],
            hasSink: true
        )
        let whole = CaseTensors(c)
        #expect(try whole.runOnARM64(c).combinations == 0)
        let cut = CaseTensors(c)
        #expect(try cut.runOnARM64(c, threads: 8).combinations > 0)
        #expect(cut.result.matches(whole.result), "\(c)")
        try ReferenceResult(c).check(cut, c, "arm64")
    }

    @Test(arguments: pairs)
    func `Tokens one at a time give the same bits as all at once on arm64`(
        _ pair: TypePair
    ) throws {
        for c in variants(pair) {
            let whole = CaseTensors(c)
            try whole.runOnARM64(c)
            for sizes in [[1], [9, 1, 13]] {
                let parts = try CaseTensors(c).runInParts(c, sizes) { try $0.runOnARM64(c) }
                #expect(parts.matches(whole.result), "parts of \(sizes), \(c)")
            }
        }
    }

    @Test(arguments: pairs)
    func `NaN in unused places and other blocks change no bit on arm64`(_ pair: TypePair) throws {
        for c in variants(pair) {
            let clean = CaseTensors(c)
            let moved = clean.withReversedBlocks(c)
            let poisoned = CaseTensors(c)
            poisoned.poisonUnusedPlaces(c)
            for tensors in [clean, moved, poisoned] { try tensors.runOnARM64(c) }
            #expect(moved.output.bytes.elementsEqual(clean.output.bytes), "moved, \(c)")
            #expect(poisoned.output.bytes.elementsEqual(clean.output.bytes), "poisoned, \(c)")
        }
    }

    @Test(arguments: pairs)
    func `Sparse attention on arm64 agrees with the reference`(_ pair: TypePair) throws {
        for base in SparseCase.all {
            let c = base.with {
                ($0.base.activation, $0.base.cache) = (pair.activation, pair.cache)
            }
            let exact = SparseTensors(c)
            let expected = try exact.reference(c)
            let tensors = SparseTensors(c)
            try tensors.attention.runOnARM64(c.base, selected: tensors, c.selection)
            // Norm and rotation may let a code fall to the other side of a tie.
            let sameKeys = tensors.attention.keys(c.base) == exact.attention.keys(c.base)
            guard sameKeys || !c.base.isQuantised else { continue }
            let error = ReferenceResult.error(tensors.attention.output.values, expected)
            let limit = 4 * ErrorBound.probe(c.base.activation)
            #expect(error <= limit, "\(error) above \(limit) in \(c)")
        }
    }

    @Test(arguments: ConformanceCases.typePairs)
    func `arm64 stores ties and numbers of every size as the reference does`(
        _ pair: TypePair
    ) throws {
        var c = AttentionCase(activation: pair.activation, cache: pair.cache, headSize: 40)
        (c.keyScales, c.valueScales) = (.perTensor, .perTensor)
        c.lengths = [Length(past: 3, new: 120)]
        var random = SplitMix(seed: 7)
        var tensors = CaseTensors(c)
        let shape = TensorShape(120, c.keyValueHeads * c.headSize)
        func numbers() -> Tensor {
            Tensor(c.activation, shape) { index in
                let tie = Double(Int.random(in: -600...600, using: &random)) / 4
                let exponent = Int.random(in: -30...18, using: &random)
                return index % 2 == 0
                    ? tie : Double(sign: .plus, exponent: exponent, significand: tie)
            }
        }
        (tensors.key, tensors.value) = (numbers(), numbers())
        if c.isQuantised {
            tensors.keyScale = Tensor(.float32, TensorShape(1)) { _ in 1 }
            tensors.valueScale = tensors.keyScale
        }
        let exact = tensors.withOwnCaches()
        _ = try exact.reference(c) { $0.evaluate($1, $2) }
        try tensors.runOnARM64(c)
        #expect(tensors.keyCache.bytes.elementsEqual(exact.keyCache.bytes), "keys, \(c)")
        #expect(tensors.result.valueCache.elementsEqual(exact.result.valueCache), "values, \(c)")
    }

    @Test func `Products of 4-bit weights on arm64 agree with the reference`() throws {
        for c in MatMulNBitsTests.cases where c.rows <= 17 {
            let tensors = ProductTensors(c)
            let bytes = try tensors.runOnARM64()
            UnsafeMutableRawBufferPointer(
                start: tensors.output.view.base,
                count: tensors.output.byteCount
            ).copyBytes(from: bytes)
            tensors.check(c, "arm64")
            // Fused multiply-adds as on x86-64.
            if InstructionSet.best >= .avx2 {
                #expect(try ProductTensors(c).run(InstructionSet.best) == bytes, "\(c)")
            }
        }
    }

    @Test func `Every float16 survives an arm64 cache`() throws {
        let c = AttentionCase(
            cache: .float16,
            heads: 1,
            keyValueHeads: 1,
            lengths: (0..<1024).map { _ in Length(past: 0, new: 1) }
        )
        let tensors = CaseTensors(c)
        let bits = (0...UInt16.max).map { ShortFloat.decodeFloat16($0) }
        let finite = bits.map { $0.isFinite ? $0 : 0 }
        for (index, value) in finite.enumerated() {
            tensors.value?.view.store(value, at: index)
        }
        try tensors.runOnARM64(c)
        #expect(tensors.output.values == finite)
    }

    private func check(_ c: AttentionCase) throws {
        let tensors = CaseTensors(c)
        try tensors.runOnARM64(c)
        try ReferenceResult(c).check(tensors, c, "arm64")
    }

    /// Rows in place and packed, several tiles, and every feature of the arithmetic.
    private func variants(_ pair: TypePair) -> [AttentionCase] {
        let plain = AttentionCase(
            activation: pair.activation,
            cache: pair.cache,
            headSize: 40,
            lengths: [Length(past: 37, new: 50), Length(past: 0, new: 15)]
        )
        let changes: [(inout AttentionCase) -> Void] = [
            { _ in },
            { ($0.heads, $0.keyValueHeads, $0.window, $0.softcap) = (7, 1, 23, 4) },
            {
                ($0.headSize, $0.hasNorm, $0.rotary, $0.hasSink) = (80, true, .interleaved, true)
                $0.isPacked = true
            },
        ]
        return changes.map { plain.with($0) }
    }
}
