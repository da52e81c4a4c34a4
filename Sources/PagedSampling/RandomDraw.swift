/// The random numbers of one request: the number of a step depends on the seed and the step alone.
///
/// SplitMix64 (Steele, Lea, Flood 2014) used as a counter; the seed is mixed first, so that
/// neighbouring seeds have nothing in common.
struct RandomDraw: Sendable {
    private let origin: UInt64

    init(seed: UInt64) {
        origin = RandomDraw.mix(seed &+ RandomDraw.increment)
    }

    /// A number in [0, 1) with 53 random bits.
    func number(step: UInt64) -> Double {
        let bits = RandomDraw.mix(origin &+ (step &+ 1) &* RandomDraw.increment)
        return Double(bits >> 11) * 0x1p-53
    }

    private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
