/// The codes of a quantised cache: how a number that is already divided by its scale is stored.
///
/// Numbers beyond the range of a code saturate, ties go to even. NaN becomes the code that the
/// comparisons of the definition leave over: the lowest integer, the largest floating point number.
package enum CacheCode {
    /// The value of element `index` of codes that begin at `base`.
    package static func value(
        _ format: ElementType,
        _ base: UnsafeRawPointer,
        _ index: Int
    ) -> Double {
        switch format {
        case .int8: Double(base.load(fromByteOffset: index, as: Int8.self))
        case .float8e4m3fn: float8(base.load(fromByteOffset: index, as: UInt8.self))
        case .int4: Double(nibble(base, index)) - 8
        case .float4e2m1: float4(nibble(base, index))
        default: .nan
        }
    }

    /// Stores the code of a value as element `index`. The other element of its byte stays.
    package static func store(
        _ value: Float,
        _ format: ElementType,
        _ base: UnsafeMutableRawPointer,
        _ index: Int
    ) {
        switch format {
        case .int8:
            base.storeBytes(
                of: Int8(integer(value, -128...127)),
                toByteOffset: index,
                as: Int8.self
            )
        case .float8e4m3fn:
            base.storeBytes(of: float8(value), toByteOffset: index, as: UInt8.self)
        case .int4: setNibble(UInt8(integer(value, -8...7) + 8), base, index)
        case .float4e2m1: setNibble(float4(value), base, index)
        default: break
        }
    }

    private static func integer(_ value: Float, _ range: ClosedRange<Float>) -> Int {
        let above = value > range.lowerBound ? value : range.lowerBound
        return Int(min(above, range.upperBound).rounded(.toNearestOrEven))
    }

    private static func nibble(_ base: UnsafeRawPointer, _ index: Int) -> UInt8 {
        base.load(fromByteOffset: index / 2, as: UInt8.self) >> UInt8(index % 2 * 4) & 15
    }

    private static func setNibble(_ code: UInt8, _ base: UnsafeMutableRawPointer, _ index: Int) {
        let shift = UInt8(index % 2 * 4)
        let byte = base.load(fromByteOffset: index / 2, as: UInt8.self)
        let others = byte & (0xf0 >> shift)
        base.storeBytes(of: others | code << shift, toByteOffset: index / 2, as: UInt8.self)
    }

    private static func float8(_ bits: UInt8) -> Double {
        bits & 0x7f == 0x7f ? .nan : decode(bits, mantissaBits: 3, bias: 7, signBit: 7)
    }

    private static func float4(_ bits: UInt8) -> Double {
        decode(bits, mantissaBits: 1, bias: 1, signBit: 3)
    }

    private static func float8(_ value: Float) -> UInt8 {
        encode(value, largest: 448, mantissaBits: 3, bias: 7, signBit: 7)
    }

    private static func float4(_ value: Float) -> UInt8 {
        encode(value, largest: 6, mantissaBits: 1, bias: 1, signBit: 3)
    }

    private static func decode(_ bits: UInt8, mantissaBits: Int, bias: Int, signBit: Int) -> Double
    {
        let fraction = Int(bits) & (1 << mantissaBits - 1)
        let exponent = Int(bits) >> mantissaBits & (1 << (signBit - mantissaBits) - 1)
        let significand = exponent == 0 ? fraction : fraction + 1 << mantissaBits
        let magnitude = Double(
            sign: .plus,
            exponent: max(exponent, 1) - bias - mantissaBits,
            significand: Double(significand)
        )
        return bits >> signBit & 1 == 0 ? magnitude : -magnitude
    }

    private static func encode(
        _ value: Float,
        largest: Float,
        mantissaBits: Int,
        bias: Int,
        signBit: Int
    ) -> UInt8 {
        let below = value < largest ? value : largest
        let clamped = max(below, -largest)
        let sign: UInt8 = clamped.sign == .minus ? 1 << signBit : 0
        let magnitude = Double(clamped.magnitude)
        let exponent = max(magnitude == 0 ? Int.min : Int(magnitude.exponent), 1 - bias)
        let quantum = Double(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
        let steps = Int((magnitude / quantum).rounded(.toNearestOrEven))
        // A significand that rounds up to two carries into the exponent by itself.
        return sign | UInt8((exponent - 1 + bias) << mantissaBits + steps)
    }
}
