/// The inputs of `com.microsoft.PagedAttention`; raw values are their places.
package enum AttentionInput: Int, CaseIterable, Sendable {
    case query, key, value
    case keyCache, valueCache
    case cumulativeSequenceLengths, pastSequenceLengths, blockTable
    case cosineCache, sineCache
    case slotMapping
    case headSink
    case queryNormWeight, keyNormWeight
    case keyScale, valueScale
    case attentionMetadata

    /// The operator's name for it.
    package var name: String {
        switch self {
        case .query: "query"
        case .key: "key"
        case .value: "value"
        case .keyCache: "key_cache"
        case .valueCache: "value_cache"
        case .cumulativeSequenceLengths: "cumulative_sequence_length"
        case .pastSequenceLengths: "past_seqlens"
        case .blockTable: "block_table"
        case .cosineCache: "cos_cache"
        case .sineCache: "sin_cache"
        case .slotMapping: "slot_mapping"
        case .headSink: "head_sink"
        case .queryNormWeight: "q_norm_weight"
        case .keyNormWeight: "k_norm_weight"
        case .keyScale: "k_scale"
        case .valueScale: "v_scale"
        case .attentionMetadata: "attention_metadata"
        }
    }
}
