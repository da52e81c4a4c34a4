extension ShapeRules {
    static let sequences: [ShapeRule] = [
        rank("cumulative_sequence_length", 1) { $0.inputs.cumulativeSequenceLengths },
        ShapeRule(
            { $0.sequenceCount >= 1 },
            {
                "cumulative_sequence_length must have at least 2 elements, got "
                    + "\($0.sequenceCount + 1)"
            }
        ),
        rank("past_seqlens", 1) { $0.inputs.pastSequenceLengths },
        dimension("past_seqlens", 0, { $0.sequenceCount }) { $0.inputs.pastSequenceLengths },
        rank("block_table", 2) { $0.inputs.blockTable },
        dimension("block_table", 0, { $0.sequenceCount }) { $0.inputs.blockTable },
        ShapeRule(
            { $0.inputs.blockTable.shape[1] > 0 },
            {
                "block_table dimension 1 must be positive, got shape "
                    + "\($0.inputs.blockTable.shape)"
            }
        ),
        rank("slot_mapping", 1) { $0.inputs.slotMapping },
        dimension("slot_mapping", 0, { $0.tokenCount }) { $0.inputs.slotMapping },
    ]

    static let headTensors: [ShapeRule] =
        [
            rank("head_sink", 1) { $0.inputs.headSink },
            dimension("head_sink", 0, { $0.attributes.headCount }) { $0.inputs.headSink },
            ShapeRule(
                { ($0.inputs.queryNormWeight == nil) == ($0.inputs.keyNormWeight == nil) },
                { _ in "q_norm_weight and k_norm_weight must both be given, or neither" }
            ),
            rank("q_norm_weight", 1) { $0.inputs.queryNormWeight },
            dimension("q_norm_weight", 0, { $0.headSize }) { $0.inputs.queryNormWeight },
            rank("k_norm_weight", 1) { $0.inputs.keyNormWeight },
            dimension("k_norm_weight", 0, { $0.headSize }) { $0.inputs.keyNormWeight },
        ]

    static let metadata: [ShapeRule] = [
        ShapeRule(
            { context in
                guard let shape = context.inputs.attentionMetadata?.shape else { return true }
                return shape.rank == 1 && (2...3).contains(shape[0])
            },
            { context in
                let shape = context.inputs.attentionMetadata.map { "\($0.shape)" } ?? ""
                return "attention_metadata must have shape (2) or (3), got \(shape)"
            }
        )
    ]
}
