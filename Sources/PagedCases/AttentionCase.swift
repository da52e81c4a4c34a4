package import PagedAttention

/// A call of the operator, in words: what a test varies. Names are those of the operator's attributes.
package struct AttentionCase: Sendable {
    /// Which channels are rotated together, if any.
    package enum Rotary: Sendable { case none, half, interleaved }
    /// Whether there is a slot mapping: as the table says, or also with slots that are none.
    package enum Slots: Sendable { case none, derived, skipping }
    /// Cached and new tokens of a sequence.
    package struct Length: Sendable {
        package var past: Int
        package var new: Int

        package init(past: Int, new: Int) { (self.past, self.new) = (past, new) }
    }

    /// The type of queries, keys, values and output.
    package var activation: ElementType
    /// What the elements of the caches are.
    package var cache: ElementType
    package var keyScales: QuantizationType
    package var valueScales: QuantizationType
    package var layout: CacheLayout
    package var valueHeadSize: Int?
    package var heads: Int
    package var keyValueHeads: Int
    package var headSize: Int
    package var blockSize: Int
    package var lengths: [Length]
    package var isPacked: Bool
    package var rotary: Rotary
    package var rotaryWidth: Int?
    package var rotaryOffset: Int
    package var slots: Slots
    package var window: Int
    package var softcap: Float
    package var scale: Float
    package var isCausal: Bool
    package var hasSink: Bool
    package var hasNorm: Bool
    /// Every third block of each sequence is unmapped or out of range.
    package var hasHoles: Bool
    /// Gives the numbers.
    package var seed: UInt64

    /// A case; what is left out is the plainest.
    package init(
        activation: ElementType = .float32,
        cache: ElementType = .float32,
        keyScales: QuantizationType = .perChannel,
        valueScales: QuantizationType = .perTensor,
        layout: CacheLayout = .separate,
        valueHeadSize: Int? = nil,
        heads: Int = 4,
        keyValueHeads: Int = 2,
        headSize: Int = 64,
        blockSize: Int = 16,
        lengths: [Length] = [Length(past: 0, new: 5)],
        isPacked: Bool = false,
        rotary: Rotary = .none,
        rotaryWidth: Int? = nil,
        rotaryOffset: Int = 0,
        slots: Slots = .none,
        window: Int = -1,
        softcap: Float = 0,
        scale: Float = 0,
        isCausal: Bool = true,
        hasSink: Bool = false,
        hasNorm: Bool = false,
        hasHoles: Bool = false,
        seed: UInt64 = 1
    ) {
        self.activation = activation
        self.cache = cache
        self.keyScales = keyScales
        self.valueScales = valueScales
        self.layout = layout
        self.valueHeadSize = valueHeadSize
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headSize = headSize
        self.blockSize = blockSize
        self.lengths = lengths
        self.isPacked = isPacked
        self.rotary = rotary
        self.rotaryWidth = rotaryWidth
        self.rotaryOffset = rotaryOffset
        self.slots = slots
        self.window = window
        self.softcap = softcap
        self.scale = scale
        self.isCausal = isCausal
        self.hasSink = hasSink
        self.hasNorm = hasNorm
        self.hasHoles = hasHoles
        self.seed = seed
    }

    /// The node that makes the call.
    package var attributes: AttentionAttributes {
        var attributes = AttentionAttributes(headCount: heads, keyValueHeadCount: keyValueHeads)
        attributes.scale = scale
        attributes.softcap = softcap
        attributes.localWindowSize = window
        attributes.isCausal = isCausal
        attributes.doRotary = rotary != .none
        attributes.rotaryInterleaved = rotary == .interleaved
        attributes.rotaryOffset = rotaryOffset
        attributes.cacheLayout = layout
        attributes.valueHeadSize = valueHeadSize ?? 0
        if isQuantised {
            attributes.keyQuantizationType = keyScales
            attributes.keyCacheType = cache.name
        }
        if isQuantised && layout == .separate {
            attributes.valueQuantizationType = valueScales
            attributes.valueCacheType = cache.name
        }
        return attributes
    }

    /// The latent layout has no 4-bit caches.
    package var isAllowed: Bool { layout == .separate || !cache.isPacked }
    package var isQuantised: Bool { !cache.isActivation }
    /// The type of the cache tensors.
    package var cacheTensor: ElementType { cache.isPacked ? .uint8 : cache }
    package var tokenCount: Int { lengths.reduce(0) { $0 + $1.new } }
    package var longest: Int { lengths.map { $0.past + $0.new }.max() ?? 0 }
    package var blocksPerSequence: Int { longest / blockSize + 1 }

    /// The same case but for a change.
    package func with(_ change: (inout AttentionCase) -> Void) -> AttentionCase {
        var copy = self
        change(&copy)
        return copy
    }
}
