/// The sizes of one call, derived from shapes that satisfy every rule.
public struct AttentionShape: Equatable, Sendable {
    /// New tokens of all sequences together.
    public package(set) var tokenCount: Int
    /// Sequences, those without new tokens included.
    public package(set) var sequenceCount: Int
    /// Query heads.
    public package(set) var headCount: Int
    /// Key and value heads.
    public package(set) var keyValueHeadCount: Int
    /// Channels of a query or key head.
    public package(set) var headSize: Int
    /// Channels of a value head.
    public package(set) var valueHeadSize: Int
    /// Blocks in the cache.
    public package(set) var blockCount: Int
    /// Places in a block; a power of two, at least 16.
    public package(set) var blockSize: Int
    /// Columns of the block table.
    public package(set) var maximumBlocksPerSequence: Int
    /// Whether a row of `query` also holds the token's keys and values.
    public package(set) var isPacked: Bool
    /// Rotated channels; 0 without rotary caches.
    public package(set) var rotaryWidth: Int
    /// Rows that both rotary caches have.
    public package(set) var rotaryPositionCount: Int

    /// Query heads for each key and value head.
    public var groupSize: Int { headCount / keyValueHeadCount }

    /// The shape of the output: (tokens, query heads * value head size).
    public var outputShape: TensorShape {
        TensorShape(rank: 2, tokenCount, headCount * valueHeadSize, 1, 1)
    }
}
