internal import PagedAttention

/// What the floating point tensors and the codes of a case are filled with.
struct FuzzFill {
    /// Whether numbers are of ordinary size, so that results can be compared; else any bits,
    /// NaN, infinities and subnormal numbers often.
    let isTame: Bool
    private let seed: UInt64
    /// The first scales of wild tensors.
    private var scales: [UInt32] = []

    init(_ bytes: inout FuzzBytes) {
        isTame = !bytes.chance(128)
        seed = UInt64(bytes.byte())
    }

    mutating func decodeScales(_ bytes: inout FuzzBytes) {
        guard !isTame else { return }
        scales = (0..<4).map { _ in
            bytes.chance(128) ? Self.special(.float32, bytes.byte()) : bytes.bits32()
        }
    }

    /// Fills a tensor: some elements at random, the others like them.
    ///
    /// - Parameter largestCode: the largest number that a code of the cache stands for.
    func fill(_ tensor: ExactTensor, _ role: TensorRole, largestCode: Float) {
        let type = tensor.view.elementType
        var random = SplitMix(seed: seed << 8 | UInt64(role.rawValue))
        let isScale = role == .keyScale || role == .valueScale
        let elements = (0..<min(tensor.view.shape.elementCount, Self.period)).map { index in
            let bits = bits(type, random.next())
            guard isScale, type == .float32 else { return bits }
            if isTame { return (Float(1 + bits & 63) / 16 / largestCode).bitPattern }
            return index < scales.count ? scales[index] : bits
        }
        switch type.byteCount {
        case 1: tensor.fill(elements.map { UInt8(truncatingIfNeeded: $0) })
        case 2: tensor.fill(elements.map { UInt16(truncatingIfNeeded: $0) })
        case 4: tensor.fill(elements)
        default: tensor.fill(elements.map { UInt64($0) })
        }
    }

    /// A prime, so that no two rows are alike.
    private static let period = 251

    private func bits(_ type: ElementType, _ random: UInt64) -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: random)
        guard isTame else {
            return random >> 32 & 3 == 0 ? Self.special(type, Int(random >> 34 & 7)) : bits
        }
        let number = Float(Int8(truncatingIfNeeded: random >> 32)) / 32
        switch type {
        case .float32: return number.bitPattern
        case .bfloat16: return number.bitPattern >> 16
        case .float16: return UInt32(Self.float16[Int(random >> 32 & 255)])
        case .float8e4m3fn: return bits & 0x7f == 0x7f ? bits ^ 1 : bits
        default: return bits
        }
    }

    private static let float16 = (0..<256).map {
        ShortFloat.encodeFloat16(Double(Int8(truncatingIfNeeded: $0)) / 32)
    }

    /// One of eight: zeros, NaN, infinities, the smallest and the largest number.
    private static func special(_ type: ElementType, _ index: Int) -> UInt32 {
        let float32: [UInt32] = [
            0, 0x8000_0000, 0x7fc0_0000, 0x7f80_0000, 0xff80_0000, 1, 0x7f7f_ffff, 0x7f80_0001,
        ]
        let float16: [UInt32] = [0, 0x8000, 0x7e00, 0x7c00, 0xfc00, 1, 0x7bff, 0x7c01]
        let bfloat16: [UInt32] = [0, 0x8000, 0x7fc0, 0x7f80, 0xff80, 1, 0x7f7f, 0x7f81]
        return switch type {
        case .float16: float16[index & 7]
        case .bfloat16: bfloat16[index & 7]
        default: float32[index & 7]
        }
    }
}

/// A small seeded generator (SplitMix64).
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
