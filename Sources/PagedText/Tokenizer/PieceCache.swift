/// The tokens of short pieces that were merged before in the same text: most of its words.
struct PieceCache {
    private struct Entry {
        var hash: UInt64
        var piece: Range<Int>
        var tokens: Range<Int>
    }

    /// Longer pieces hardly come again.
    private static let longestPiece = 24
    /// With more entries than this the cache begins anew.
    private static let maximumEntries = 1 << 15

    private var entries: [Entry] = []
    /// The scalars of all pieces, and all their tokens.
    private var scalars: [UInt32] = []
    private var tokens: [Int32] = []
    /// Open addressing: entry + 1, 0 is free. At most half full.
    private var slots = [Int32](repeating: 0, count: 256)

    /// Appends the tokens of `piece` to `result`; false when they are not known.
    @inline(__always)
    func append(_ piece: ArraySlice<UInt32>, to result: inout [Int32]) -> Bool {
        guard piece.count <= Self.longestPiece else { return false }
        let entry = slots[slot(of: piece, Self.hash(piece))]
        guard entry > 0 else { return false }
        for index in entries[Int(entry) - 1].tokens { result.append(tokens[index]) }
        return true
    }

    /// Keeps the tokens of a piece that is not known.
    mutating func insert(_ piece: ArraySlice<UInt32>, _ merged: ArraySlice<Int32>) {
        guard piece.count <= Self.longestPiece else { return }
        if entries.count == Self.maximumEntries { self = PieceCache() }
        let hash = Self.hash(piece)
        let pieceStart = scalars.count
        let tokenStart = tokens.count
        scalars.append(contentsOf: piece)
        tokens.append(contentsOf: merged)
        entries.append(
            Entry(
                hash: hash,
                piece: pieceStart..<scalars.count,
                tokens: tokenStart..<tokens.count
            )
        )
        slots[slot(of: piece, hash)] = Int32(entries.count)
        if entries.count * 2 == slots.count { grow() }
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 4)
        for (index, entry) in entries.enumerated() {
            slots[slot(of: scalars[entry.piece], entry.hash)] = Int32(index + 1)
        }
    }

    @inline(__always)
    private static func hash(_ piece: ArraySlice<UInt32>) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for scalar in piece { hash = (hash ^ UInt64(scalar)) &* 0xFF51_AFD7_ED55_8CCD }
        return hash ^ hash >> 32
    }

    @inline(__always)
    private func slot(of piece: ArraySlice<UInt32>, _ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] > 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if entry.hash == hash, scalars[entry.piece].elementsEqual(piece) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
