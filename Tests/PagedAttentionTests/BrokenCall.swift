import PagedAttention
import Testing

/// A change that breaks one rule, and a part of the message that names it.
struct BrokenCall: Sendable, CustomTestStringConvertible {
    let fragment: String
    let change: @Sendable (inout ShapeRuleTests.Call) -> Void

    init(_ fragment: String, _ change: @escaping @Sendable (inout ShapeRuleTests.Call) -> Void) {
        self.fragment = fragment
        self.change = change
    }

    var testDescription: String { fragment }

    static let all =
        types + queries + caches + sequences + heads + rotary + quantization + latent + capacity

    private static let types: [BrokenCall] = [
        .init("query must have element type") { $0.inputs.query = tensor(.float32, 5, 128) },
        .init("key must have element type") { $0.inputs.key = tensor(.float32, 5, 64) },
        .init("value must have element type") { $0.inputs.value = tensor(.int8, 5, 64) },
        .init("cos_cache must have element") { $0.inputs.cosineCache = tensor(.float32, 64, 16) },
        .init("sin_cache must have element") { $0.inputs.sineCache = tensor(.float32, 64, 16) },
        .init("head_sink must have element") { $0.inputs.headSink = tensor(.float32, 4) },
        .init("q_norm_weight must have element") {
            $0.inputs.queryNormWeight = tensor(.float32, 32)
        },
        .init("k_norm_weight must have element") { $0.inputs.keyNormWeight = tensor(.float32, 32) },
        .init("key_cache must have element") { $0.inputs.keyCache = tensor(.int8, 3, 16, 2, 32) },
        .init("value_cache must have element") {
            $0.inputs.valueCache = tensor(.int8, 3, 16, 2, 32)
        },
        .init("cumulative_sequence_length must have element") {
            $0.inputs.cumulativeSequenceLengths = tensor(.int64, 3)
        },
        .init("past_seqlens must have element") {
            $0.inputs.pastSequenceLengths = tensor(.int64, 2)
        },
        .init("block_table must have element") { $0.inputs.blockTable = tensor(.int64, 2, 4) },
        .init("slot_mapping must have element") { $0.inputs.slotMapping = tensor(.int64, 5) },
        .init("attention_metadata must have element") {
            $0.inputs.attentionMetadata = tensor(.int64, 3)
        },
    ]

    private static let queries: [BrokenCall] = [
        .init("query must have 2 dimensions") { $0.inputs.query = tensor(.float16, 5, 128, 1) },
        .init("query dimension 1 must be a multiple of 4") {
            $0.inputs.query = tensor(.float16, 5, 127)
        },
        .init("multiple of 8, got 30") { $0.inputs.query = tensor(.float16, 5, 120) },
        .init("multiple of 8, got 0") { $0.inputs.query = tensor(.float16, 5, 0) },
        .init("'key' and 'value'") { $0.inputs.value = nil },
        .init("key must have 2 dimensions") { $0.inputs.key = tensor(.float16, 320) },
        .init("key dimension 0 must be 5") { $0.inputs.key = tensor(.float16, 4, 64) },
        .init("key dimension 1 must be 64") { $0.inputs.key = tensor(.float16, 5, 128) },
        .init("value must have 2 dimensions") { $0.inputs.value = tensor(.float16, 320) },
        .init("value dimension 0 must be 5") { $0.inputs.value = tensor(.float16, 6, 64) },
        .init("value dimension 1 must be 64") { $0.inputs.value = tensor(.float16, 5, 32) },
        .init("v_head_size must be in") { $0.attributes.valueHeadSize = 33 },
        .init("may only differ from head_size") { $0.attributes.valueHeadSize = 16 },
    ]

    private static let caches: [BrokenCall] = [
        .init("'value_cache' must be given") { $0.inputs.valueCache = nil },
        .init("key_cache must have 4") { $0.inputs.keyCache = tensor(.float16, 3, 16, 64) },
        .init("power of two, at least 16, got 8") {
            $0.inputs.keyCache = tensor(.float16, 3, 8, 2, 32)
        },
        .init("power of two, at least 16, got 48") {
            $0.inputs.keyCache = tensor(.float16, 3, 48, 2, 32)
        },
        .init("key_cache dimension 2") { $0.inputs.keyCache = tensor(.float16, 3, 16, 4, 32) },
        .init("key_cache dimension 3") { $0.inputs.keyCache = tensor(.float16, 3, 16, 2, 16) },
        .init("value_cache must have 4") { $0.inputs.valueCache = tensor(.float16, 3, 16, 64) },
        .init("value_cache dimension 0") { $0.inputs.valueCache = tensor(.float16, 2, 16, 2, 32) },
        .init("value_cache dimension 1") { $0.inputs.valueCache = tensor(.float16, 3, 32, 2, 32) },
        .init("value_cache dimension 2") { $0.inputs.valueCache = tensor(.float16, 3, 16, 1, 32) },
        .init("value_cache dimension 3") { $0.inputs.valueCache = tensor(.float16, 3, 16, 2, 64) },
    ]

    private static let sequences: [BrokenCall] = [
        .init("cumulative_sequence_length must have 1") {
            $0.inputs.cumulativeSequenceLengths = tensor(.int32, 3, 1)
        },
        .init("at least 2 elements, got 1") {
            $0.inputs.cumulativeSequenceLengths = tensor(.int32, 1)
        },
        .init("at least 2 elements, got 0") {
            $0.inputs.cumulativeSequenceLengths = tensor(.int32, .min)
        },
        .init("past_seqlens must have 1") { $0.inputs.pastSequenceLengths = tensor(.int32, 2, 1) },
        .init("past_seqlens dimension 0") { $0.inputs.pastSequenceLengths = tensor(.int32, 3) },
        .init("block_table must have 2") { $0.inputs.blockTable = tensor(.int32, 8) },
        .init("block_table dimension 0") { $0.inputs.blockTable = tensor(.int32, 1, 4) },
        .init("dimension 1 must be positive") { $0.inputs.blockTable = tensor(.int32, 2, 0) },
        .init("slot_mapping must have 1") { $0.inputs.slotMapping = tensor(.int32, 5, 1) },
        .init("slot_mapping dimension 0") { $0.inputs.slotMapping = tensor(.int32, 4) },
        .init("must have shape (2) or (3)") { $0.inputs.attentionMetadata = tensor(.int32, 4) },
        .init("must have shape (2) or (3)") { $0.inputs.attentionMetadata = tensor(.int32, 2, 1) },
    ]

    private static let heads: [BrokenCall] = [
        .init("head_sink must have 1") { $0.inputs.headSink = tensor(.float16, 4, 1) },
        .init("head_sink dimension 0") { $0.inputs.headSink = tensor(.float16, 2) },
        .init("q_norm_weight and k_norm_weight") { $0.inputs.keyNormWeight = nil },
        .init("q_norm_weight must have 1") {
            $0.inputs.queryNormWeight = tensor(.float16, 32, 1)
        },
        .init("q_norm_weight dimension 0") { $0.inputs.queryNormWeight = tensor(.float16, 16) },
        .init("k_norm_weight must have 1") { $0.inputs.keyNormWeight = tensor(.float16, 32, 1) },
        .init("k_norm_weight dimension 0") { $0.inputs.keyNormWeight = tensor(.float16, 64) },
    ]
}
