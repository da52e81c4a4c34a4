/// The tensors of one call, in the operator's words; the caches are mutated in place.
///
/// Shapes, with T tokens, B sequences, N query heads, K key and value heads and head size H:
///
///     query        (T, N*H), or packed (T, (N+2K)*H)   key, value  (T, K*H)
///     keyCache, valueCache  (blocks, blockSize, K, H); H / 2 bytes for 4-bit codes
///     cumulativeSequenceLengths  (B+1)                 pastSequenceLengths  (B)
///     blockTable   (B, blocks per sequence)            slotMapping  (T)
///     cosineCache, sineCache  (positions, rotary width / 2)
///     headSink     (N)                                 queryNormWeight, keyNormWeight  (H)
///     keyScale, valueScale  one element, or (K, 1, H)  attentionMetadata  (2) or (3)
///
/// In the latent layout `key` is the latent row, K is 1, and `value` and `valueCache` are absent.
public struct AttentionInputs {
    /// Queries, or queries, keys and values of each token in one row when `key` is absent.
    public var query: TensorView
    /// New keys.
    public var key: TensorView?
    /// New values.
    public var value: TensorView?
    /// The blocks of keys.
    public var keyCache: TensorView
    /// The blocks of values; absent in the latent layout.
    public var valueCache: TensorView?
    /// Where each sequence's tokens start, and the token count at the end.
    public var cumulativeSequenceLengths: TensorView
    /// Tokens of each sequence that are in the cache already, without those of this call.
    public var pastSequenceLengths: TensorView
    /// The block that holds each stretch of `blockSize` positions; -1 is unmapped.
    public var blockTable: TensorView
    /// Cosines by position; given together with `sineCache`.
    public var cosineCache: TensorView?
    /// Sines by position.
    public var sineCache: TensorView?
    /// Where each token's key and value are written: block * blockSize + place; below 0, nowhere.
    public var slotMapping: TensorView?
    /// An extra logit for each head that takes weight and adds nothing.
    public var headSink: TensorView?
    /// Weights of the root-mean-square norm of queries; given together with `keyNormWeight`.
    public var queryNormWeight: TensorView?
    /// Weights of the root-mean-square norm of keys.
    public var keyNormWeight: TensorView?
    /// Scales of a quantised key cache.
    public var keyScale: TensorView?
    /// Scales of a quantised value cache.
    public var valueScale: TensorView?
    /// Bounds of the lengths: [longest query, longest context, shortest longest context]; 0
    /// unknown.
    public var attentionMetadata: TensorView?

    /// The required tensors; the others are nil until set.
    public init(
        query: TensorView,
        key: TensorView? = nil,
        value: TensorView? = nil,
        keyCache: TensorView,
        valueCache: TensorView?,
        cumulativeSequenceLengths: TensorView,
        pastSequenceLengths: TensorView,
        blockTable: TensorView
    ) {
        self.query = query
        self.key = key
        self.value = value
        self.keyCache = keyCache
        self.valueCache = valueCache
        self.cumulativeSequenceLengths = cumulativeSequenceLengths
        self.pastSequenceLengths = pastSequenceLengths
        self.blockTable = blockTable
    }
}
