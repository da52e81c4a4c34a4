extension Float {
    /// The value of float16 bits, by operations that the compiler vectorises on every processor.
    ///
    /// Where the instruction for it is not certain to be there, `Float(Float16)` calls a library for
    /// every number, and a step may have a million logits.
    package init(float16Bits bits: UInt16) {
        let magnitude = UInt32(bits & 0x7fff) << 13
        // A product rebases the exponent, because it normalises subnormal numbers as well.
        let finite = Float(bitPattern: magnitude) * Float(bitPattern: (127 + 112) << 23)
        let special = Float(bitPattern: magnitude | 0xff << 23)
        let value = magnitude < 31 << 23 ? finite : special
        self.init(bitPattern: value.bitPattern | UInt32(bits & 0x8000) << 16)
    }
}
