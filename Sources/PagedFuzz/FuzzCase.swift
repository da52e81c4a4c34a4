internal import PagedAttention
internal import PagedKernels

/// One call of the operator, decoded from bytes: shapes that mostly keep the rules, values of
/// lengths, tables, slots and scales that often do not.
///
///     let outcome = try FuzzCase([3, 1, 4, 1, 5]).run()
package struct FuzzCase {
    /// What is wrong with the operator.
    package struct Failure: Error, CustomStringConvertible {
        /// What was seen.
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// How far a call got.
    package enum Outcome: Equatable, Sendable {
        /// The attributes, types or shapes were refused.
        case refused
        /// `run` threw, and changed nothing.
        case refusedValues
        /// The call ran.
        case done
        /// The call ran, and agrees with the `Double` reference.
        case compared
    }

    var attributes: AttentionAttributes
    /// What a call of SparsePagedAttention selects; nil for one of PagedAttention.
    var selection: SparseSelection?
    var activation: ElementType
    var cacheType: ElementType
    var outlines: [TensorRole: TensorOutline] = [:]
    var integers: [TensorRole: [Int32]] = [:]
    /// The kernels to use; nil for the best.
    var instructionSet: InstructionSet?
    /// How many threads the operator is told that there are.
    var threadCount = 1
    /// Whether attributes, types or shapes were changed to something that may break a rule.
    var isBroken = false
    /// Whether a call that keeps the rules on shapes may be refused for its values.
    var hasBrokenValues = false
    var fill: FuzzFill
    /// Whether the reference computes the call too.
    var isCompared: Bool

    /// The case that the bytes stand for; any bytes stand for one.
    package init(_ bytes: [UInt8]) {
        var bytes = FuzzBytes(bytes)
        let sizes = FuzzSizes(&bytes)
        fill = FuzzFill(&bytes)
        isCompared = bytes.chance(48)
        instructionSet = bytes.pick([nil] + InstructionSet.allCases.map { $0 })
        if let set = instructionSet, set > InstructionSet.best { instructionSet = nil }
        attributes = AttentionAttributes(
            headCount: sizes.heads,
            keyValueHeadCount: sizes.keyValueHeads
        )
        (activation, cacheType) = (.float32, .float32)
        let format = decodeTypes(sizes, &bytes)
        decodeOutlines(sizes, format, &bytes)
        decodeAttributes(sizes, &bytes)
        decodeIntegers(sizes, &bytes)
        fill.decodeScales(&bytes)
        breakShapes(sizes, &bytes)
        // Last, so that bytes without it stand for the case that they stood for before.
        decodeSparse(sizes, &bytes)
        threadCount = bytes.pick([1, 2, 3, 16, 64])
    }
}

extension FuzzCase {
    /// Chooses the types of activations and caches.
    ///
    /// - Returns: what the elements of the caches are.
    private mutating func decodeTypes(
        _ sizes: FuzzSizes,
        _ bytes: inout FuzzBytes
    ) -> ElementType {
        activation = bytes.pick([.float32, .float16, .bfloat16])
        let codes: [ElementType] =
            [.int8, .float8e4m3fn] + (sizes.isLatent ? [] : [.int4, .float4e2m1])
        let format = bytes.pick(
            [activation] + (activation == .float32 ? [.float16] : []) + codes
        )
        cacheType = format.isPacked ? .uint8 : format
        let scaling = [QuantizationType.perTensor, .perChannel]
        let isNamed = bytes.chance(64) || format.isPacked
        let isQuantised = !format.isActivation
        attributes.keyQuantizationType = isQuantised ? bytes.pick(scaling) : .none
        attributes.keyCacheType = isNamed ? format.name : ""
        guard !sizes.isLatent else {
            attributes.cacheLayout = .latent
            return format
        }
        attributes.valueQuantizationType = isQuantised ? bytes.pick(scaling) : .none
        attributes.valueCacheType = attributes.keyCacheType
        return format
    }

    private mutating func decodeAttributes(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        attributes.scale = bytes.pick([0, 0.125, 1, -0.5])
        attributes.softcap = bytes.pick([0, 0, 2, 50, -1])
        if !fill.isTame, bytes.chance(64) {
            attributes.scale = Float(bitPattern: bytes.bits32())
            attributes.softcap = Float(bitPattern: bytes.bits32())
        }
        if sizes.valueHeadSize != sizes.headSize {
            attributes.valueHeadSize = sizes.valueHeadSize
            if attributes.scale == 0 { attributes.scale = 0.25 }
        }
        if bytes.chance(96) { attributes.localWindowSize = bytes.number(near: sizes.capacity) }
        attributes.isCausal = !bytes.chance(64)
        attributes.doRotary = outlines[.cosine] != nil && !bytes.chance(48)
        attributes.rotaryInterleaved = bytes.chance(128)
    }
}
