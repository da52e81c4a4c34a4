/// The sizes of a case; small, so that thousands of cases run in a second.
struct FuzzSizes {
    let isLatent: Bool
    let isPacked: Bool
    private(set) var tokens: Int
    let sequences: Int
    let keyValueHeads: Int
    let heads: Int
    let headSize: Int
    let valueHeadSize: Int
    let blockSize: Int
    private(set) var blocks: Int
    private(set) var columns: Int

    /// Places that a sequence can have.
    var capacity: Int { columns * blockSize }

    init(_ bytes: inout FuzzBytes) {
        let form = bytes.below(8)
        isLatent = form > 5
        isPacked = form < 3
        tokens = bytes.pick([1, 0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 18, 31, 33, 40, 65, 70])
        sequences = 1 + bytes.below(5)
        keyValueHeads = isLatent ? 1 : 1 + bytes.below(3)
        heads = keyValueHeads * bytes.pick([1, 1, 2, 2, 3, 4, 4, 5, 8, 9, 16, 17, 64, 65])
        headSize = bytes.pick([
            8, 16, 8, 16, 32, 16, 8, 16, 24, 32, 40, 48, 64, 72, 80, 96, 128, 136, 256, 1024,
        ])
        valueHeadSize = isLatent && bytes.chance(192) ? 1 + bytes.below(headSize) : headSize
        blockSize = bytes.pick([16, 16, 16, 32, 64])
        blocks = bytes.below(6)
        columns = 1 + bytes.below(6)
        bound()
    }

    private mutating func bound() {
        let row = keyValueHeads * headSize
        while blocks > 1, blocks * blockSize * row > 1 << 13 { blocks -= 1 }
        while tokens > 1, tokens * heads * headSize > 1 << 13 { tokens /= 2 }
        while columns > 1, tokens * heads * headSize * capacity > 1 << 18 { columns -= 1 }
    }
}
