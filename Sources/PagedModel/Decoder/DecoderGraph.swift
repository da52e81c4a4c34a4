package import PagedAttention
package import PagedGraph
package import PagedRuntime

/// What a graph must have to be decoded with a paged cache, checked against its configuration.
///
///     tokens           int64 or int32  [tokens]
///     block table      int32           [sequences, blocks per sequence]
///     lengths          int32           [sequences + 1], [sequences]
///     caches           float           [blocks, block size, key/value heads, head size], per layer
///     logits           float           [tokens or wanted rows, vocabulary]
package struct DecoderGraph: Equatable, Sendable {
    /// The names of one layer's caches; an output is nil where the graph leaves it out.
    package struct Layer: Equatable, Sendable {
        package let keyCache: String
        package let valueCache: String
        package let keyCacheOutput: String?
        package let valueCacheOutput: String?
    }

    /// The configuration's names.
    package let names: GraphNames
    /// `int64` or `int32`.
    package let tokenType: ElementType
    /// Whether the graph takes the position of each token.
    package let hasPositions: Bool
    /// Whether the graph takes how many tokens are known of each token's sequence.
    package let hasSequenceLengths: Bool
    /// Whether layers with a window have a block table of their own.
    package let hasWindowedBlockTable: Bool
    /// Whether the graph takes bounds of the lengths.
    package let hasAttentionMetadata: Bool
    /// Whether the graph computes only the wanted rows of logits.
    package let hasLogitsIndices: Bool
    /// The type of logits.
    package let logitsType: ElementType
    /// Values in a row of logits.
    package let logitsWidth: Int
    /// Tokens that the embedding has and that logits tell apart: the smaller of the graph's row of
    /// logits, which exporters pad, and the configuration's `vocab_size`.
    package let vocabularySize: Int
    /// The caches of each layer.
    package let layers: [Layer]
    /// The type of the caches.
    package let cacheType: ElementType
    /// Key and value heads.
    package let keyValueHeadCount: Int
    /// Elements of a head in the caches: channels, or pairs of them in a cache of 4-bit codes.
    package let headSize: Int
    /// The number of blocks, where the graph fixes it.
    package let blockCount: Int?
    /// The size of a block, where the graph fixes it.
    package let blockSize: Int?

    /// Checks a graph's inputs and outputs.
    ///
    /// - Throws: an error that names the first input or output that is missing, wrong or unknown.
    package init(
        inputs: [ValueInformation],
        outputs: [ValueInformation],
        configuration: ModelConfiguration
    ) throws(ModelError) {
        let names = configuration.decoder.names
        var reader = GraphReader(inputs: inputs, outputs: outputs)
        let tokens = try reader.input(names.tokens, types: [.int64, .int32], rank: 1)
        _ = try reader.input(names.blockTable, types: [.int32], rank: 2)
        _ = try reader.input(names.cumulativeSequenceLengths, types: [.int32], rank: 1)
        _ = try reader.input(names.pastSequenceLengths, types: [.int32], rank: 1)
        let windowed = try reader.optionalInput(names.windowedBlockTable, types: [.int32], rank: 2)
        let positions = try reader.optionalInput(names.positions, types: [.int64])
        let lengths = try reader.optionalInput(names.sequenceLengths, types: [.int64])
        let metadata = try reader.optionalInput(names.attentionMetadata, types: [.int32])
        let indices = try reader.optionalInput(names.logitsIndices, types: [.int32, .int64])
        let logits = try reader.output(
            names.logits,
            types: [.float16, .bfloat16, .float32],
            rank: 2
        )
        let caches = try CacheReader.read(from: &reader, decoder: configuration.decoder)
        try reader.checkNothingIsLeft()
        self.names = names
        tokenType = tokens.elementType ?? .int64
        hasPositions = positions != nil
        hasSequenceLengths = lengths != nil
        hasWindowedBlockTable = windowed != nil
        hasAttentionMetadata = metadata != nil
        hasLogitsIndices = indices != nil
        logitsIndexType = indices?.elementType ?? .int32
        logitsType = logits.elementType ?? .float32
        logitsWidth = logits.shape[1] ?? configuration.vocabularySize
        vocabularySize = configuration.vocabularySize
        guard vocabularySize <= logitsWidth else {
            throw ModelError(
                "genai_config.json: model.vocab_size must be at most \(logitsWidth), "
                    + "the values of the graph's \(names.logits), got \(vocabularySize)"
            )
        }
        layers = caches.layers
        cacheType = caches.elementType
        keyValueHeadCount = caches.shape[2] ?? configuration.decoder.keyValueHeadCount
        headSize = caches.shape[3] ?? configuration.decoder.cacheHeadSize(caches.elementType)
        blockCount = caches.shape[0]
        blockSize = caches.shape[1]
    }

    /// The type of the wanted rows.
    package let logitsIndexType: ElementType
}
