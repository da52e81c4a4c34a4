/// The merges of a byte-pair model: which two neighbours become which token, and how early.
struct MergeTable: Sendable {
    struct Merge: Sendable {
        var rank: UInt32
        var token: Int32
    }

    private static let free: UInt64 = .max
    /// Open addressing, at most half full.
    private var keys: [UInt64]
    private var merges: [Merge]
    private let shift: UInt64

    init(capacity: Int) {
        let bits = max(4, Int.bitWidth - (capacity * 2).leadingZeroBitCount)
        keys = [UInt64](repeating: Self.free, count: 1 << bits)
        merges = [Merge](repeating: Merge(rank: 0, token: 0), count: 1 << bits)
        shift = UInt64(64 - bits)
    }

    /// Adds a merge; there must be no more of them than the capacity.
    mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        let slot = self.slot(Self.key(left, right))
        keys[slot] = Self.key(left, right)
        merges[slot] = merge
    }

    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge? {
        let key = Self.key(left, right)
        let slot = self.slot(key)
        return keys[slot] == key ? merges[slot] : nil
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }
}
