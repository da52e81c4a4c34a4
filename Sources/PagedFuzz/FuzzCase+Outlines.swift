internal import PagedAttention

extension FuzzCase {
    /// Gives every tensor of the call a shape that keeps the rules.
    mutating func decodeOutlines(
        _ sizes: FuzzSizes,
        _ format: ElementType,
        _ bytes: inout FuzzBytes
    ) {
        decodeRows(sizes)
        let width = format.isPacked ? sizes.headSize / 2 : sizes.headSize
        let cache = TensorOutline(
            cacheType,
            sizes.blocks,
            sizes.blockSize,
            sizes.keyValueHeads,
            width
        )
        outlines[.keyCache] = cache
        outlines[.valueCache] = sizes.isLatent ? nil : cache
        outlines[.starts] = TensorOutline(.int32, sizes.sequences + 1)
        outlines[.past] = TensorOutline(.int32, sizes.sequences)
        outlines[.blockTable] = TensorOutline(.int32, sizes.sequences, sizes.columns)
        if bytes.chance(96) { outlines[.slotMapping] = TensorOutline(.int32, sizes.tokens) }
        if bytes.chance(64) { outlines[.metadata] = TensorOutline(.int32, 2 + bytes.below(2)) }
        outlines[.keyScale] = scale(attributes.keyQuantizationType, sizes, &bytes)
        outlines[.valueScale] = scale(attributes.valueQuantizationType, sizes, &bytes)
        decodeRotary(sizes, &bytes)
        guard !sizes.isLatent else { return }
        if bytes.chance(64) { outlines[.headSink] = TensorOutline(activation, sizes.heads) }
        if bytes.chance(64) {
            outlines[.queryNorm] = TensorOutline(activation, sizes.headSize)
            outlines[.keyNorm] = outlines[.queryNorm]
        }
    }

    private mutating func decodeRows(_ sizes: FuzzSizes) {
        let keyWidth = sizes.keyValueHeads * sizes.headSize
        let queryWidth = sizes.heads * sizes.headSize + (sizes.isPacked ? 2 * keyWidth : 0)
        outlines[.query] = TensorOutline(activation, sizes.tokens, queryWidth)
        outlines[.output] = TensorOutline(
            activation,
            sizes.tokens,
            sizes.heads * sizes.valueHeadSize
        )
        guard !sizes.isPacked else { return }
        let row = TensorOutline(activation, sizes.tokens, keyWidth)
        outlines[.key] = row
        outlines[.value] = sizes.isLatent ? nil : row
    }

    private mutating func decodeRotary(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        guard sizes.headSize % 16 == 0, bytes.chance(96) else { return }
        let half = 8 * bytes.below(sizes.headSize / 16 + 1)
        attributes.rotaryOffset = 8 * bytes.below((sizes.headSize - 2 * half) / 8 + 1)
        let enough = sizes.capacity + sizes.tokens
        let cosines = bytes.chance(32) ? bytes.below(enough) : enough
        let sines = bytes.chance(32) ? bytes.below(enough) : enough
        outlines[.cosine] = TensorOutline(activation, cosines, half)
        outlines[.sine] = TensorOutline(activation, sines, half)
        if min(cosines, sines) < enough { hasBrokenValues = true }
    }

    private func scale(
        _ type: QuantizationType,
        _ sizes: FuzzSizes,
        _ bytes: inout FuzzBytes
    ) -> TensorOutline? {
        switch type {
        case .none: nil
        case .perTensor: TensorOutline(.float32, 1)
        case .perChannel:
            bytes.chance(64)
                ? TensorOutline(.float32, sizes.keyValueHeads, sizes.headSize)
                : TensorOutline(.float32, sizes.keyValueHeads, 1, sizes.headSize)
        }
    }
}
