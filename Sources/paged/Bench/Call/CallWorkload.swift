/// A decode step that is small enough for the way to the kernel to matter.
struct CallWorkload {
    let name: String
    /// Sequences with one new token each, and the tokens of each that the cache holds.
    let sequences: Int
    let cachedTokens: Int
    let heads: KernelWorkload.Heads

    /// Places in a block.
    static let blockSize = 16

    static let all = [
        CallWorkload(
            name: "tiny",
            sequences: 1,
            cachedTokens: 16,
            heads: KernelWorkload.Heads(query: 4, keyValue: 1, size: 64)
        ),
        CallWorkload(
            name: "small",
            sequences: 4,
            cachedTokens: 64,
            heads: KernelWorkload.Heads(query: 8, keyValue: 2, size: 64)
        ),
    ]

    /// Blocks of each sequence.
    var blocksPerSequence: Int { cachedTokens / Self.blockSize + 1 }
}
