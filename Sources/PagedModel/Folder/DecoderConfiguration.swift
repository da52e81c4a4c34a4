/// `model.decoder`: the graph, its names and sizes.
package struct DecoderConfiguration: Equatable, Sendable {
    /// `filename` of the graph, in the model folder.
    package var fileName: String
    /// `head_size`: channels of a head.
    package var headSize: Int
    /// `num_attention_heads`.
    package var headCount: Int
    /// `num_key_value_heads`.
    package var keyValueHeadCount: Int
    /// `num_hidden_layers`.
    package var layerCount: Int
    /// `inputs` and `outputs`.
    package var names = GraphNames()
    /// The names in `session_options.provider_options`, such as `"cuda"`.
    package var providers: [String] = []
    /// `session_options.intra_op_num_threads`.
    package var threads: Int?
    /// `session_options.custom_ops_library`.
    package var customOperatorLibrary: String?
    /// The kinds in `state_groups`, such as `"paged_kv"`.
    package var stateKinds: [String] = []
}

/// The names of a paged graph's inputs and outputs; `%d` stands for the layer.
package struct GraphNames: Equatable, Sendable {
    /// Token identifiers of all sequences, one after the other.
    package var tokens = "input_ids"
    /// The block of each stretch of positions.
    package var blockTable = "block_table"
    /// Where each sequence's tokens start.
    package var cumulativeSequenceLengths = "cumulative_sequence_lengths"
    /// Cached tokens of each sequence.
    package var pastSequenceLengths = "past_sequence_lengths"
    /// Bounds of the lengths.
    package var attentionMetadata = "attention_metadata"
    /// The tokens of which logits are wanted.
    package var logitsIndices = "logits_indices"
    /// A layer's key cache.
    package var keyCache = "past_key_values.%d.key"
    /// A layer's value cache.
    package var valueCache = "past_key_values.%d.value"
    /// Rows of logits.
    package var logits = "logits"
    /// A layer's key cache after the step.
    package var keyCacheOutput = "present.%d.key"
    /// A layer's value cache after the step.
    package var valueCacheOutput = "present.%d.value"

    /// The names that the exporter gives.
    package init() {}

    /// A name pattern with the layer put in.
    static func name(_ pattern: String, layer: Int) -> String {
        guard let percent = pattern.firstIndex(of: "%") else { return pattern }
        let rest = pattern[percent...]
        guard rest.hasPrefix("%d") else { return pattern }
        return pattern[..<percent] + "\(layer)" + rest.dropFirst(2)
    }
}
