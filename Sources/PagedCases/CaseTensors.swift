package import PagedAttention

/// The tensors of one case, filled from its seed.
package struct CaseTensors {
    package var query: Tensor
    package var key: Tensor?
    package var value: Tensor?
    package var keyCache: Tensor
    package var valueCache: Tensor?
    package var starts: Tensor
    package var past: Tensor
    package var table: Tensor
    package var cosine: Tensor?
    package var sine: Tensor?
    package var slots: Tensor?
    package var sink: Tensor?
    package var queryNorm: Tensor?
    package var keyNorm: Tensor?
    package var keyScale: Tensor?
    package var valueScale: Tensor?
    package var output: Tensor

    /// New tensors; the same case gives the same numbers.
    package init(_ c: AttentionCase) {
        var random = SplitMix(seed: c.seed)
        func tensor(_ shape: TensorShape, _ range: ClosedRange<Double>) -> Tensor {
            Tensor(c.activation, shape) { _ in Double.random(in: range, using: &random) }
        }
        let tokens = c.tokenCount
        let queryWidth = c.heads * c.headSize
        let keyWidth = c.keyValueHeads * c.headSize
        query = tensor(TensorShape(tokens, queryWidth + (c.isPacked ? 2 * keyWidth : 0)), -1...1)
        key = c.isPacked ? nil : tensor(TensorShape(tokens, keyWidth), -1...1)
        value =
            c.isPacked || c.layout == .latent
            ? nil : tensor(TensorShape(tokens, keyWidth), -1...1)
        if c.rotary != .none {
            let shape = TensorShape(c.longest + 1, (c.rotaryWidth ?? c.headSize / 16 * 16) / 2)
            cosine = tensor(shape, -1...1)
            sine = tensor(shape, -1...1)
        }
        if c.hasSink { sink = tensor(TensorShape(c.heads), -2...3) }
        if c.hasNorm {
            queryNorm = tensor(TensorShape(c.headSize), 0.5...1.5)
            keyNorm = tensor(TensorShape(c.headSize), 0.5...1.5)
        }
        let blocks = c.lengths.count * c.blocksPerSequence + 2
        if c.isQuantised {
            keyScale = Self.scales(c, c.keyScales, &random)
            valueScale = c.layout == .latent ? nil : Self.scales(c, c.valueScales, &random)
        }
        keyCache = Self.cache(c, blocks, &random)
        valueCache = c.layout == .latent ? nil : Self.cache(c, blocks, &random)
        let outputWidth = c.heads * (c.valueHeadSize ?? c.headSize)
        output = Tensor(c.activation, TensorShape(tokens, outputWidth)) { _ in 7 }
        past = Tensor(c.lengths.map { Int32($0.past) })
        starts = Tensor(c.lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int32($1.new)) })
        table = Self.table(c, blocks, &random)
        slots = Self.slots(c, table, blocks)
    }

    private static func cache(
        _ c: AttentionCase,
        _ blocks: Int,
        _ random: inout SplitMix
    ) -> Tensor {
        let width = c.cache.isPacked ? c.headSize / 2 : c.headSize
        let shape = TensorShape(blocks, c.blockSize, c.keyValueHeads, width)
        guard c.isQuantised else {
            return Tensor(c.cache, shape) { _ in Double.random(in: -1...1, using: &random) }
        }
        let tensor = Tensor(c.cacheTensor, shape)
        for index in 0..<shape.elementCount {
            var byte = UInt8.random(in: 0...255, using: &random)
            if c.cache == .float8e4m3fn && byte & 0x7f == 0x7f { byte ^= 1 }
            tensor.view.base.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        return tensor
    }

    /// Scales with which codes reach to about 1.
    private static func scales(
        _ c: AttentionCase,
        _ type: QuantizationType,
        _ random: inout SplitMix
    ) -> Tensor {
        let largest: [ElementType: Double] = [
            .int8: 127, .float8e4m3fn: 448, .int4: 7, .float4e2m1: 6,
        ]
        let isPerTensor = type == .perTensor
        let shape = isPerTensor ? TensorShape(1) : TensorShape(c.keyValueHeads, 1, c.headSize)
        return Tensor(.float32, shape) { _ in
            Double.random(in: 0.7...1.2, using: &random) / (largest[c.cache] ?? 1)
        }
    }

    private static func table(_ c: AttentionCase, _ blocks: Int, _ random: inout SplitMix) -> Tensor
    {
        let shuffled = (0..<Int32(blocks)).shuffled(using: &random)
        var entries = Array(shuffled.prefix(c.lengths.count * c.blocksPerSequence))
        if c.hasHoles {
            let foreign: [Int32] = [-1, Int32(blocks), .max, .min]
            for index in stride(from: 1, to: entries.count, by: 3) {
                entries[index] = foreign[index / 3 % foreign.count]
            }
        }
        return Tensor(entries, TensorShape(c.lengths.count, c.blocksPerSequence))
    }

    /// The slots that follow from the table; when skipping, some are negative or too large.
    private static func slots(_ c: AttentionCase, _ table: Tensor, _ blocks: Int) -> Tensor? {
        guard c.slots != .none else { return nil }
        var slots: [Int32] = []
        for (sequence, length) in c.lengths.enumerated() {
            for position in length.past..<(length.past + length.new) {
                let column = sequence * c.blocksPerSequence + position / c.blockSize
                let block = table.view.integers[column]
                let isMapped = block >= 0 && block < blocks
                slots.append(
                    isMapped ? block * Int32(c.blockSize) + Int32(position % c.blockSize) : -1
                )
            }
        }
        if c.slots == .skipping {
            for index in stride(from: 0, to: slots.count, by: 4) {
                slots[index] = index % 8 == 0 ? -1 : Int32(blocks * c.blockSize)
            }
        }
        return Tensor(slots)
    }

    /// Calls `body` with views of the tensors, which live until it returns.
    package func withInputs<Result>(_ body: (AttentionInputs) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(inputs) }
    }

    private var inputs: AttentionInputs {
        var inputs = AttentionInputs(
            query: query.view,
            key: key?.view,
            value: value?.view,
            keyCache: keyCache.view,
            valueCache: valueCache?.view,
            cumulativeSequenceLengths: starts.view,
            pastSequenceLengths: past.view,
            blockTable: table.view
        )
        inputs.cosineCache = cosine?.view
        inputs.sineCache = sine?.view
        inputs.slotMapping = slots?.view
        inputs.headSink = sink?.view
        inputs.queryNormWeight = queryNorm?.view
        inputs.keyNormWeight = keyNorm?.view
        inputs.keyScale = keyScale?.view
        inputs.valueScale = valueScale?.view
        return inputs
    }

    /// The same tensors with caches of their own.
    package func withOwnCaches() -> CaseTensors {
        var copy = self
        copy.keyCache = keyCache.copy()
        copy.valueCache = valueCache?.copy()
        return copy
    }
}
