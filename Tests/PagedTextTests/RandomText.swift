/// Random texts for property tests; the same seed gives the same texts.
struct RandomText {
    private var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(state: seed) }

    private static let pools: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0x20...0x7E, 0x00...0x24F, 0x300...0x36F, 0x590...0x6FF, 0x900...0x97F,
        0x4E00...0x4EFF, 0x1F300...0x1F6FF, 0x09...0x20, 0x2000...0x202F, 0xFDD0...0xFFFF,
        0x10000...0x10FFFF,
    ]

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    mutating func text(length: Int) -> String {
        var scalars = String.UnicodeScalarView()
        var pool = Self.pools[0]
        while scalars.count < length {
            if number(below: 4) == 0 { pool = Self.pools[number(below: Self.pools.count)] }
            let value = UInt32.random(in: pool, using: &generator)
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
