package import PagedAttention
package import PagedKernels

/// The types of activations and cache.
package struct TypePair: Sendable {
    package let activation: ElementType
    package let cache: ElementType

    package init(activation: ElementType, cache: ElementType) {
        (self.activation, self.cache) = (activation, cache)
    }
}

/// The cases that every kernel has to pass; each value of a dimension occurs in several.
package enum ConformanceCases {
    package typealias Length = AttentionCase.Length

    /// Every pair of types that a baseline kernel serves.
    package static let typePairs = KernelList.all.filter { $0.instructionSet == .baseline }
        .map { TypePair(activation: $0.activationType, cache: $0.cacheType) }

    /// The kernels that stand for all in tests of their loops: those of every cache type, codes under
    /// float16 only. What is done with activations does not depend on the cache.
    package static let kernels = KernelList.available.filter {
        $0.cacheType.isActivation || $0.activationType == .float16
    }

    /// Whether a pair of types takes part in a case: activations take turns with codes.
    package static func includes(_ pair: TypePair, _ index: Int) -> Bool {
        let turn: [ElementType] = [.float32, .float16, .bfloat16]
        return pair.cache.isActivation || pair.activation == turn[index % turn.count]
    }

    /// Shapes, features and the latent layout.
    package static let all: [AttentionCase] = shapes + features + latent

    /// Lengths as steps have them.
    package static let decode = [
        Length(past: 130, new: 1), Length(past: 0, new: 1), Length(past: 63, new: 1),
    ]
    package static let prompt = [
        Length(past: 0, new: 70), Length(past: 0, new: 0), Length(past: 40, new: 9),
    ]
    package static let mixed = [
        Length(past: 64, new: 1), Length(past: 20, new: 33), Length(past: 7, new: 0),
        Length(past: 127, new: 2),
    ]

    /// Head sizes, block sizes and group ratios.
    private static let shapes: [AttentionCase] = {
        let headSizes = [8, 16, 32, 64, 80, 96, 128, 256]
        let blockSizes = [16, 32, 64, 256]
        let ratios = [(4, 4), (4, 2), (6, 2), (4, 1), (5, 1), (16, 2), (9, 1)]
        let lengths = [decode, prompt, mixed]
        return (0..<24).map { index in
            AttentionCase().with {
                $0.headSize = headSizes[index % headSizes.count]
                $0.blockSize = blockSizes[index % blockSizes.count]
                $0.heads = ratios[index % ratios.count].0
                $0.keyValueHeads = ratios[index % ratios.count].1
                $0.lengths = lengths[(index / 8 + index) % lengths.count]
                $0.isPacked = index % 2 == 1
                $0.rotary = [.none, .half, .interleaved][index % 5 % 3]
                if $0.headSize % 16 != 0 { $0.rotary = .none }
            }
        }
    }()

    /// Features, alone and together.
    private static let features: [AttentionCase] = {
        let changes: [(inout AttentionCase) -> Void] = [
            { $0.window = 1 }, { $0.window = 20 }, { $0.window = 500 },
            { $0.softcap = 2 }, { $0.softcap = 50 },
            { ($0.softcap, $0.window) = (5, 33) },
            { $0.scale = 0.5 }, { $0.scale = -0.3 },
            { $0.isCausal = false }, { ($0.isCausal, $0.window) = (false, 12) },
            { $0.hasSink = true }, { $0.hasNorm = true },
            { ($0.hasNorm, $0.rotary) = (true, .half) },
            { $0.hasHoles = true }, { ($0.hasHoles, $0.blockSize) = (true, 64) },
            { $0.slots = .derived }, { $0.slots = .skipping },
            { ($0.rotary, $0.rotaryWidth) = (.half, 16) },
            { ($0.rotary, $0.rotaryWidth, $0.rotaryOffset) = (.interleaved, 32, 24) },
            {
                ($0.hasSink, $0.hasNorm, $0.rotary, $0.slots) = (true, true, .half, .skipping)
                ($0.window, $0.softcap, $0.hasHoles, $0.isPacked) = (40, 3, true, true)
            },
        ]
        return changes.enumerated().map { index, change in
            AttentionCase(lengths: [mixed, prompt, decode][index % 3]).with(change)
        }
    }()

    /// One cache of latent rows, which hold the values as well.
    private static let latent: [AttentionCase] = {
        let base = AttentionCase(heads: 8, keyValueHeads: 1, headSize: 96, scale: 0.1)
            .with { ($0.layout, $0.valueHeadSize) = (.latent, 64) }
        let changes: [(inout AttentionCase) -> Void] = [
            { $0.lengths = prompt },
            { ($0.rotary, $0.rotaryWidth, $0.rotaryOffset) = (.half, 32, 64) },
            { ($0.rotary, $0.rotaryWidth, $0.rotaryOffset) = (.interleaved, 32, 64) },
            { ($0.window, $0.softcap, $0.slots) = (8, 30, .skipping) },
            { $0.valueHeadSize = nil },
            { ($0.heads, $0.valueHeadSize) = (3, 61) },
            { ($0.heads, $0.valueHeadSize) = (2, 1) },
            { ($0.heads, $0.valueHeadSize, $0.lengths) = (16, 3, prompt) },
            { ($0.heads, $0.valueHeadSize) = (9, 13) },
            { ($0.headSize, $0.valueHeadSize, $0.lengths) = (576, 512, decode) },
        ]
        return changes.map { base.with { $0.lengths = mixed }.with($0) }
    }()
}
