import PagedAttention
import Testing

/// Codes of quantised caches, against their definitions.
@Suite struct CacheCodeTests {
    private static let formats: [ElementType] = [.int8, .float8e4m3fn, .int4, .float4e2m1]

    private func value(_ code: UInt8, _ format: ElementType) -> Double {
        withUnsafeBytes(of: code) { bytes in
            bytes.baseAddress.map { CacheCode.value(format, $0, 0) } ?? .nan
        }
    }

    private func code(_ value: Float, _ format: ElementType) -> UInt8 {
        var code: UInt8 = 0
        withUnsafeMutableBytes(of: &code) { bytes in
            if let base = bytes.baseAddress { CacheCode.store(value, format, base, 0) }
        }
        return code
    }

    @Test func `Values of floating point codes`() {
        #expect(
            (0..<16).map { value($0, .float4e2m1) } == [
                0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6,
            ]
        )
        let codes: [UInt8] = [0x00, 0x01, 0x07, 0x08, 0x38, 0x39, 0x7e, 0x80, 0xb8, 0xfe]
        #expect(
            codes.map { value($0, .float8e4m3fn) }
                == [0, 0x1p-9, 0x7p-9, 0x1p-6, 1, 1.125, 448, 0, -1, -448]
        )
        #expect(value(0x7f, .float8e4m3fn).isNaN && value(0xff, .float8e4m3fn).isNaN)
    }

    @Test(arguments: formats)
    func `Every code survives a round trip`(_ format: ElementType) {
        for bits in UInt8.min...(format.isPacked ? 15 : 255) {
            let value = value(bits, format)
            if !value.isNaN { #expect(code(Float(value), format) == bits) }
        }
    }

    @Test(arguments: formats)
    func `Values between two codes go to the nearer one, ties to the even one`(
        _ format: ElementType
    ) {
        let all: ClosedRange<UInt8> = 0...(format.isPacked ? 15 : 255)
        let values: [Double] = all.map { value($0, format) }
        let codes: [Double] = Set(values.filter { !$0.isNaN }).sorted()
        for (lower, upper) in zip(codes, codes.dropFirst()) {
            let middle = Float((lower + upper) / 2)
            let stored = code(middle, format)
            #expect(value(stored, format) == lower || value(stored, format) == upper)
            // An odd number of int4 is an odd code as well, because 8 is added to it.
            #expect(stored & 1 == 0, "\(middle)")
            #expect(value(code(middle.nextUp, format), format) == upper)
            #expect(value(code(middle.nextDown, format), format) == lower)
        }
    }

    @Test func `Values beyond the range saturate`() {
        let ends: [(ElementType, Double, Double, Double)] = [
            (.int8, -128, 127, -128), (.float8e4m3fn, -448, 448, 448), (.int4, -8, 7, -8),
            (.float4e2m1, -6, 6, 6),
        ]
        for (format, lowest, highest, notANumber) in ends {
            for large in [1e9, Float.infinity] {
                #expect(value(code(large, format), format) == highest)
                #expect(value(code(-large, format), format) == lowest)
            }
            #expect(value(code(.nan, format), format) == notANumber)
        }
    }

    @Test func `Two 4-bit codes share a byte, the first in its lower half`() {
        var bytes: [UInt8] = [0xff]
        bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            CacheCode.store(1, .int4, base, 0)
            CacheCode.store(-3, .int4, base, 1)
            #expect(CacheCode.value(.int4, base, 0) == 1 && CacheCode.value(.int4, base, 1) == -3)
        }
        #expect(bytes == [0x59])
    }
}
