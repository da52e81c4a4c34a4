/// Places in a text that no merge can cross: both sides are merged on their own, with the same
/// tokens.
///
/// A merge joins the last scalar of its left part to the first of its right part. Where no merge
/// joins two neighbours, nothing ever spans the place between them. Vocabularies in SentencePiece's
/// style have few tokens with a space inside, so that a text falls into words.
struct Seams: Sendable {
    private static let rows = 1024
    /// A bit for each pair of folded scalars that some merge joins. Scalars share bits: a seam may
    /// be missed, never invented.
    private var joined = [UInt64](repeating: 0, count: rows * rows / 64)

    @inline(__always)
    private static func bit(_ left: UInt32, _ right: UInt32) -> Int {
        Int((left ^ left >> 10) & 1023) << 10 | Int((right ^ right >> 10) & 1023)
    }

    /// Notes a merge of two token texts.
    mutating func noteMerge(_ left: String, _ right: String) {
        guard let last = left.unicodeScalars.last, let first = right.unicodeScalars.first else {
            return
        }
        let bit = Self.bit(last.value, first.value)
        joined[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    /// Whether the place between two scalars is a seam.
    @inline(__always)
    func areApart(_ left: UInt32, _ right: UInt32) -> Bool {
        let bit = Self.bit(left, right)
        return joined[bit >> 6] >> UInt64(bit & 63) & 1 == 0
    }
}
