/// The names of a decoder's inputs and outputs; `%d` stands for the layer.
package struct GraphNames: Equatable, Sendable {
    /// Token identifiers of all sequences, one after the other.
    package var tokens = "input_ids"
    /// The position of each token, of graphs that rotate outside of attention.
    package var positions = "position_ids"
    /// How many tokens are known of each token's sequence, of graphs whose rotation depends on it.
    package var sequenceLengths = "sequence_lengths"
    /// Which places hold tokens, of graphs with a cache per sequence.
    package var attentionMask = "attention_mask"
    /// The block of each stretch of positions.
    package var blockTable = "block_table"
    /// The same for layers with a window, of graphs that give them blocks of their own.
    package var windowedBlockTable = "block_table_windowed"
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
    package static func name(_ pattern: String, layer: Int) -> String {
        guard let percent = pattern.firstIndex(of: "%") else { return pattern }
        let rest = pattern[percent...]
        guard rest.hasPrefix("%d") else { return pattern }
        return pattern[..<percent] + "\(layer)" + rest.dropFirst(2)
    }
}
