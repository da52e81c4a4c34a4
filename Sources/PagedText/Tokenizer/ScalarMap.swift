/// Tokens by scalar, in pages of 256 scalars: two loads find one.
struct ScalarMap: Sendable {
    private static let none: Int32 = -1
    /// Where each page begins in `tokens`; page 0 of `tokens` is empty and stands for all others.
    private var pages = [Int32](repeating: 0, count: 0x11_0000 >> 8)
    private var tokens = [Int32](repeating: none, count: 256)

    subscript(scalar: UInt32) -> Int32? {
        @inline(__always)
        get {
            let token = tokens[Int(pages[Int(scalar >> 8)]) + Int(scalar & 0xFF)]
            return token == Self.none ? nil : token
        }
        set {
            let page = Int(scalar >> 8)
            if pages[page] == 0 {
                pages[page] = Int32(tokens.count)
                tokens.append(contentsOf: repeatElement(Self.none, count: 256))
            }
            tokens[Int(pages[page]) + Int(scalar & 0xFF)] = newValue ?? Self.none
        }
    }
}
