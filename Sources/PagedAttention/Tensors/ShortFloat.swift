/// Conversions of the 16-bit floating point types, in integer arithmetic so that results are the
/// same on every processor. Rounding is to nearest, ties to even, once.
package enum ShortFloat {
    /// The value of IEEE 754 binary16 bits.
    package static func decodeFloat16(_ bits: UInt16) -> Double {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 31)
        let fraction = UInt32(bits & 1023)
        switch exponent {
        case 0:
            return Double(
                Float(
                    sign: sign == 0 ? .plus : .minus,
                    exponent: -24,
                    significand: Float(fraction)
                )
            )
        case 31: return Double(Float(bitPattern: sign | 0x7f80_0000 | fraction << 13))
        default: return Double(Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13))
        }
    }

    /// The value of bfloat16 bits.
    package static func decodeBFloat16(_ bits: UInt16) -> Double {
        Double(Float(bitPattern: UInt32(bits) << 16))
    }

    /// The binary16 nearest to `value`.
    package static func encodeFloat16(_ value: Double) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        guard !value.isNaN else { return 0x7e00 }
        let magnitude = round(value.magnitude, fractionBits: 10, smallest: -24)
        guard magnitude < 65536 else { return sign | 0x7c00 }
        guard magnitude >= power(-14) else {
            return sign | UInt16(magnitude * power(24))
        }
        let exponent = Int(magnitude.exponent)
        let fraction = UInt16(magnitude * power(10 - exponent)) - 1024
        return sign | UInt16(exponent + 15) << 10 | fraction
    }

    /// The bfloat16 nearest to `value`.
    package static func encodeBFloat16(_ value: Double) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        guard !value.isNaN else { return 0x7fc0 }
        let magnitude = round(value.magnitude, fractionBits: 7, smallest: -133)
        return sign | UInt16(truncatingIfNeeded: Float(magnitude).bitPattern >> 16)
    }

    private static func round(_ value: Double, fractionBits: Int, smallest: Int) -> Double {
        guard value.isFinite, value > 0 else { return value }
        let quantum = power(max(Int(value.exponent) - fractionBits, smallest))
        return (value / quantum).rounded(.toNearestOrEven) * quantum
    }

    private static func power(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }
}
