import PagedModel
import Testing

@Suite("Float from float16 bits")
struct Float16BitsTests {
    @Test("Every float16 has the value that Swift gives it")
    func everyValue() {
        for bits in UInt16.min...UInt16.max {
            let expected = Float(Float16(bitPattern: bits))
            let value = Float(float16Bits: bits)
            if expected.isNaN {
                #expect(value.isNaN)
            } else {
                #expect(value.bitPattern == expected.bitPattern, "\(bits)")
            }
        }
    }
}
