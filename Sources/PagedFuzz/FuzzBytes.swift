/// The bytes of a case as a source of small decisions; zeros after their end.
struct FuzzBytes {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() -> Int {
        guard next < bytes.count else { return 0 }
        defer { next += 1 }
        return Int(bytes[next])
    }

    /// A number in `0..<bound`, which is positive.
    mutating func below(_ bound: Int) -> Int {
        let low = byte()
        return (bound <= 256 ? low : low | byte() << 8) % bound
    }

    /// Whether a byte is one of the highest `count`: never after the end.
    mutating func chance(_ count: Int) -> Bool {
        byte() >= 256 - count
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    mutating func bits32() -> UInt32 {
        (0..<4).reduce(0) { bits, _ in bits << 8 | UInt32(byte()) }
    }

    /// A small number, one at the edge of a type or of a size, or any 32 bits.
    mutating func number(near size: Int) -> Int {
        let extremes = [
            Int(Int32.max), Int(Int32.min), Int(Int32.max) + 1, Int.max, Int.min, 1 << 40,
            size, size &- 1, size &+ 1, 2 &* size, -1, 0,
        ]
        switch below(4) {
        case 0: return below(64) - 8
        case 1, 2: return pick(extremes)
        default: return Int(Int32(bitPattern: bits32()))
        }
    }
}
