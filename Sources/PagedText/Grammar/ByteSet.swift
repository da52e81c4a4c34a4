/// A set of bytes.
struct ByteSet: Equatable, Sendable, ExpressibleByArrayLiteral {
    /// A bit for each byte, 64 to a word.
    private var words = SIMD4<UInt64>.zero

    init(arrayLiteral ranges: ClosedRange<UInt8>...) {
        for byte in ranges.joined() { insert(byte) }
    }

    /// The bytes of a text.
    init(_ text: some Sequence<UInt8>) {
        for byte in text { insert(byte) }
    }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

    private mutating func insert(_ byte: UInt8) {
        words[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
    }
}
