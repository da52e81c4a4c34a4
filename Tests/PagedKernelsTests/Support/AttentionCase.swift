import PagedAttention

/// A call of the operator, in words: what a test varies.
struct AttentionCase: Sendable {
    enum Rotary: Sendable { case none, half, interleaved }
    enum Slots: Sendable { case none, derived, skipping }
    struct Length: Sendable {
        var past: Int
        var new: Int
    }

    var activation = ElementType.float32
    /// What the elements of the caches are.
    var cache = ElementType.float32
    var keyScales = QuantizationType.perChannel
    var valueScales = QuantizationType.perTensor
    var layout = CacheLayout.separate
    var valueHeadSize: Int?
    var heads = 4
    var keyValueHeads = 2
    var headSize = 64
    var blockSize = 16
    var lengths = [Length(past: 0, new: 5)]
    var isPacked = false
    var rotary = Rotary.none
    var rotaryWidth: Int?
    var rotaryOffset = 0
    var slots = Slots.none
    var window = -1
    var softcap: Float = 0
    var scale: Float = 0
    var isCausal = true
    var hasSink = false
    var hasNorm = false
    /// Every third block of each sequence is unmapped or out of range.
    var hasHoles = false
    var seed: UInt64 = 1

    var attributes: AttentionAttributes {
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
    var isAllowed: Bool { layout == .separate || !cache.isPacked }
    var isQuantised: Bool { !cache.isActivation }
    /// The type of the cache tensors.
    var cacheTensor: ElementType { cache.isPacked ? .uint8 : cache }
    var tokenCount: Int { lengths.reduce(0) { $0 + $1.new } }
    var longest: Int { lengths.map { $0.past + $0.new }.max() ?? 0 }
    var blocksPerSequence: Int { longest / blockSize + 1 }

    func with(_ change: (inout AttentionCase) -> Void) -> AttentionCase {
        var copy = self
        change(&copy)
        return copy
    }
}
