extension ShapeRules {
    static let elementTypes: [ShapeRule] =
        [
            type("query") { $0.inputs.query },
            type("key") { $0.inputs.key },
            type("value") { $0.inputs.value },
            type("cos_cache") { $0.inputs.cosineCache },
            type("sin_cache") { $0.inputs.sineCache },
            type("head_sink") { $0.inputs.headSink },
            type("q_norm_weight") { $0.inputs.queryNormWeight },
            type("k_norm_weight") { $0.inputs.keyNormWeight },
            type("key_cache", { $0.cacheType }) { $0.inputs.keyCache },
            type("value_cache", { $0.cacheType }) { $0.inputs.valueCache },
            type("k_scale", { _ in .float32 }) { $0.inputs.keyScale },
            type("v_scale", { _ in .float32 }) { $0.inputs.valueScale },
        ] + integerTensors

    private static let integerTensors: [ShapeRule] = [
        type("cumulative_sequence_length", { _ in .int32 }) { $0.inputs.cumulativeSequenceLengths },
        type("past_seqlens", { _ in .int32 }) { $0.inputs.pastSequenceLengths },
        type("block_table", { _ in .int32 }) { $0.inputs.blockTable },
        type("slot_mapping", { _ in .int32 }) { $0.inputs.slotMapping },
        type("attention_metadata", { _ in .int32 }) { $0.inputs.attentionMetadata },
    ]

    private static func type(
        _ name: String,
        _ expected: @escaping @Sendable (RuleContext) -> ElementType = { $0.activationType },
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> ShapeRule {
        ShapeRule(
            { context in tensor(context).map { $0.elementType == expected(context) } ?? true },
            { context in
                let seen = tensor(context)?.elementType.name ?? ""
                return "\(name) must have element type \(expected(context).name), got \(seen)"
            }
        )
    }
}
