import Foundation
import PagedAttention
import Testing

/// The arithmetic that the reference brings along, against the C library and the compiler.
@Suite struct NumberTests {
    @Test func `Exponential and tangent agree with the C library`() {
        for step in -4000...4000 {
            let x = Double(step) / 57
            let e = ReferenceMath.exponential(x)
            #expect((e - exp(x)).magnitude <= 4e-16 * exp(x) + 1e-300, "\(x)")
            let t = ReferenceMath.hyperbolicTangent(x)
            #expect((t - tanh(x)).magnitude <= 2e-15 * tanh(x).magnitude, "\(x)")
        }
        #expect(ReferenceMath.exponential(-.infinity) == 0)
        #expect(ReferenceMath.exponential(.infinity) == .infinity)
        #expect(ReferenceMath.exponential(.nan).isNaN)
        #expect(ReferenceMath.hyperbolicTangent(-.infinity) == -1)
    }

    @Test func `Every binary16 survives a round trip and has the compiler's value`() {
        for bits in UInt16.min...UInt16.max {
            let value = ShortFloat.decodeFloat16(bits)
            let expected = Double(Float(Float16(bitPattern: bits)))
            #expect(value == expected || (value.isNaN && expected.isNaN))
            if !value.isNaN { #expect(ShortFloat.encodeFloat16(value) == bits) }
        }
    }

    @Test func `Binary16 rounds to nearest even like the compiler`() {
        for step in 0..<200_000 {
            let value = Double(Float(bitPattern: UInt32(truncatingIfNeeded: step &* 21_473)))
            let expected = Float16(value)
            let bits = ShortFloat.encodeFloat16(value)
            #expect(
                expected.isNaN ? bits & 0x7fff > 0x7c00 : bits == expected.bitPattern,
                "\(value)"
            )
        }
    }

    @Test func `bfloat16 rounds to nearest even`() {
        let cases: [(Double, UInt16)] = [
            (1, 0x3f80), (1 + 0x1p-8, 0x3f80), (1 + 0x3p-8, 0x3f82), (1 + 0x1.01p-8, 0x3f81),
            (-2, 0xc000), (0, 0), (.infinity, 0x7f80), (3.4e38, 0x7f80), (0x1p-133, 1),
        ]
        for (value, bits) in cases {
            #expect(ShortFloat.encodeBFloat16(value) == bits, "\(value)")
        }
        #expect(ShortFloat.decodeBFloat16(0x3f80) == 1)
    }

    @Test func `Element counts never overflow`() {
        #expect(TensorShape(Int.max, Int.max, 2).elementCount == Int.max)
        #expect(TensorShape(Int.max, 0, Int.max).elementCount == 0)
        #expect(TensorShape(3, -1).elementCount == 0)
        #expect(TensorShape(2, 3, 4, 5).elementCount == 120)
        #expect(TensorShape(1, 2, 3, 4, 5).rank == 5)
    }
}
