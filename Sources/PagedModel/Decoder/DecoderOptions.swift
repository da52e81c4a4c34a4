internal import PagedAttention
package import PagedGraph

/// How a model is loaded for batched decoding.
package struct DecoderOptions: Equatable, Sendable {
    /// Bytes of memory for the key/value cache; used when ``blockCount`` is nil.
    package var cacheBytes: Int
    /// Number of cache blocks; nil takes as many as fit in ``cacheBytes``.
    package var blockCount: Int?
    /// Token places in a block; nil takes the graph's or the configuration's, else 16.
    package var blockSize: Int?
    /// What the cache holds; nil takes what the graph says.
    package var cacheType: CacheType?
    /// Whether products of 4-bit weights may run on our kernels instead of ONNX Runtime's.
    package var ownProducts: Bool
    /// Most positions of one sequence; nil takes the configuration's `context_length`.
    package var maximumSequenceLength: Int?
    /// Threads that compute a step; nil takes the configuration's, else one per physical processor.
    package var threads: Int?
    /// Most tokens of all sequences in one step.
    package var maximumTokensPerStep: Int
    /// Most sequences in one step.
    package var maximumSequences: Int
    /// Most rows of logits that one step wants beyond one for each sequence; nil takes as many as fit in
    /// 64 MiB.
    package var maximumScoredTokensPerStep: Int?

    /// Options with the given limits.
    package init(
        cacheBytes: Int = 256 << 20,
        blockCount: Int? = nil,
        blockSize: Int? = nil,
        cacheType: CacheType? = nil,
        ownProducts: Bool = true,
        maximumSequenceLength: Int? = nil,
        threads: Int? = nil,
        maximumTokensPerStep: Int = 512,
        maximumSequences: Int = 64,
        maximumScoredTokensPerStep: Int? = nil
    ) {
        self.cacheBytes = cacheBytes
        self.blockCount = blockCount
        self.blockSize = blockSize
        self.cacheType = cacheType
        self.ownProducts = ownProducts
        self.maximumSequenceLength = maximumSequenceLength
        self.threads = threads
        self.maximumTokensPerStep = maximumTokensPerStep
        self.maximumSequences = maximumSequences
        self.maximumScoredTokensPerStep = maximumScoredTokensPerStep
    }
}

extension DecoderOptions {
    /// ``maximumScoredTokensPerStep`` for a graph; all of a step's tokens where the graph computes all
    /// rows anyway.
    func maximumScoredTokensPerStep(of graph: DecoderGraph) -> Int {
        guard graph.hasLogitsIndices else { return maximumTokensPerStep }
        let rowBytes = max(1, saturatingProduct(graph.logitsWidth, graph.logitsType.byteCount))
        let rows = maximumScoredTokensPerStep ?? max(1, (64 << 20) / rowBytes)
        return min(rows, maximumTokensPerStep)
    }
}

/// How the cache of a loaded model is laid out.
package struct CacheLayoutDescription: Equatable, Sendable {
    /// Token places in a block.
    package let blockSize: Int
    /// Blocks in the pool; all layers share one numbering.
    package let blockCount: Int
    /// Bytes of one block in all layers, keys and values together.
    package let bytesPerBlock: Int
    /// Layers that have a cache.
    package let layerCount: Int
}
