internal import PagedGraph

extension DecoderConfiguration: Decodable {
    /// The keys that are read, and two that the graph itself says.
    private enum Keys: String, CodingKey, CaseIterable {
        case filename, head_size, hidden_size, num_attention_heads, num_key_value_heads
        case num_hidden_layers, inputs, outputs, session_options, state_groups, sliding_window
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(reporting: Keys.self)
        fileName = try container.decodeIfPresent(String.self, forKey: .filename) ?? "model.onnx"
        headSize = try container.decode(Int.self, forKey: .head_size)
        headCount = try container.decode(Int.self, forKey: .num_attention_heads)
        keyValueHeadCount =
            try container.decodeIfPresent(Int.self, forKey: .num_key_value_heads) ?? headCount
        layerCount = try container.decode(Int.self, forKey: .num_hidden_layers)
        if container.contains(.inputs) {
            try names.readInputs(from: container.superDecoder(forKey: .inputs))
        }
        if container.contains(.outputs) {
            try names.readOutputs(from: container.superDecoder(forKey: .outputs))
        }
        session =
            try container.decodeIfPresent(SessionSettings.self, forKey: .session_options)
            ?? SessionSettings()
        let groups = try container.decodeIfPresent([StateGroup].self, forKey: .state_groups)
        stateKinds = groups?.map(\.kind) ?? []
    }
}

private struct StateGroup: Decodable {
    let kind: String

    private enum Keys: String, CodingKey, CaseIterable {
        case kind, layer_ids
    }

    init(from decoder: any Decoder) throws {
        kind = try decoder.container(reporting: Keys.self).decode(String.self, forKey: .kind)
    }
}

extension GraphNames {
    private enum InputKeys: String, CodingKey, CaseIterable {
        case input_ids, position_ids, attention_mask
        case block_table, block_table_windowed, cumulative_sequence_lengths
        case past_sequence_lengths, attention_metadata, logits_indices
        case past_key_names, past_value_names
    }

    private enum OutputKeys: String, CodingKey, CaseIterable {
        case logits, present_key_names, present_value_names
    }

    fileprivate mutating func readInputs(from decoder: any Decoder) throws {
        let container = try decoder.container(reporting: InputKeys.self)
        func read(_ key: InputKeys, _ name: inout String) throws {
            name = try container.decodeIfPresent(String.self, forKey: key) ?? name
        }
        try read(.input_ids, &tokens)
        try read(.position_ids, &positions)
        try read(.attention_mask, &attentionMask)
        try read(.block_table, &blockTable)
        try read(.block_table_windowed, &windowedBlockTable)
        try read(.cumulative_sequence_lengths, &cumulativeSequenceLengths)
        try read(.past_sequence_lengths, &pastSequenceLengths)
        try read(.attention_metadata, &attentionMetadata)
        try read(.logits_indices, &logitsIndices)
        try read(.past_key_names, &keyCache)
        try read(.past_value_names, &valueCache)
    }

    fileprivate mutating func readOutputs(from decoder: any Decoder) throws {
        let container = try decoder.container(reporting: OutputKeys.self)
        logits = try container.decodeIfPresent(String.self, forKey: .logits) ?? logits
        keyCacheOutput =
            try container.decodeIfPresent(String.self, forKey: .present_key_names) ?? keyCacheOutput
        valueCacheOutput =
            try container.decodeIfPresent(String.self, forKey: .present_value_names)
            ?? valueCacheOutput
    }
}
