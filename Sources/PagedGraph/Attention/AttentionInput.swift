/// The inputs of `com.microsoft.PagedAttention`; raw values are their places. All but the last are
/// inputs of `SparsePagedAttention` too.
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

    /// Its place among the inputs of `SparsePagedAttention`; nil for the metadata, which is another.
    var sparsePlace: Int? {
        switch self {
        case .query, .key, .value, .keyCache, .valueCache, .cumulativeSequenceLengths,
            .pastSequenceLengths, .blockTable:
            rawValue
        case .slotMapping: 8
        case .cosineCache: 14
        case .sineCache: 15
        case .headSink: 16
        case .queryNormWeight: 17
        case .keyNormWeight: 18
        case .keyScale: 19
        case .valueScale: 20
        case .attentionMetadata: nil
        }
    }

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
