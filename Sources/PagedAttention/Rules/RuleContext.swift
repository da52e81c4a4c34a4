/// What the rules look at: the tensors, the node's attributes and types, and sizes derived from
/// them.
package struct RuleContext {
    /// The tensors of the call.
    package let inputs: AttentionInputs
    /// The attributes of the node; valid.
    package let attributes: AttentionAttributes
    /// The type of queries, keys, values and output.
    package let activationType: ElementType
    /// The type of the cache tensors.
    package let cacheType: ElementType
    /// What the elements of the caches are.
    package let cacheFormat: ElementType
    /// The head size that the width of `query` implies.
    package let headSize: Int

    /// A context; derives the head size without assuming anything about the shapes.
    package init(
        inputs: AttentionInputs,
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType
    ) {
        self.inputs = inputs
        self.attributes = attributes
        self.activationType = activationType
        self.cacheType = cacheType
        cacheFormat = attributes.cacheFormat(ofTensor: cacheType) ?? cacheType
        let isPacked = inputs.key == nil && attributes.cacheLayout == .separate
        headSize = inputs.query.shape[1] / Self.headsPerRow(attributes, packed: isPacked)
    }

    /// Whether `query` also holds keys and values.
    package var isPacked: Bool { inputs.key == nil && !isLatent }
    /// Whether keys and values are one latent row.
    package var isLatent: Bool { attributes.cacheLayout == .latent }
    /// Channels of a value head.
    package var valueHeadSize: Int {
        attributes.valueHeadSize == 0 ? headSize : attributes.valueHeadSize
    }
    /// The last dimension of a cache tensor.
    package var cacheRowWidth: Int { cacheFormat.isPacked ? (headSize + 1) / 2 : headSize }
    /// New tokens of all sequences together.
    package var tokenCount: Int { inputs.query.shape[0] }
    /// Sequences; negative only when the lengths have no element.
    package var sequenceCount: Int { max(inputs.cumulativeSequenceLengths.shape[0], 0) - 1 }
    /// Heads that a row of `query` holds.
    package var headsPerRow: Int { Self.headsPerRow(attributes, packed: isPacked) }

    private static func headsPerRow(_ attributes: AttentionAttributes, packed: Bool) -> Int {
        attributes.headCount + (packed ? 2 * attributes.keyValueHeadCount : 0)
    }

    /// The sizes of a call that keeps every rule.
    package var shape: AttentionShape {
        AttentionShape(
            tokenCount: tokenCount,
            sequenceCount: sequenceCount,
            headCount: attributes.headCount,
            keyValueHeadCount: attributes.keyValueHeadCount,
            headSize: headSize,
            valueHeadSize: valueHeadSize,
            blockCount: inputs.keyCache.shape[0],
            blockSize: inputs.keyCache.shape[1],
            maximumBlocksPerSequence: inputs.blockTable.shape[1],
            isPacked: isPacked,
            rotaryWidth: inputs.cosineCache.map { 2 * $0.shape[1] } ?? 0,
            rotaryPositionCount: rotaryPositionCount
        )
    }

    /// Positions that both rotary caches have.
    private var rotaryPositionCount: Int {
        guard let cosine = inputs.cosineCache, let sine = inputs.sineCache else { return 0 }
        return min(cosine.shape[0], sine.shape[0])
    }
}
