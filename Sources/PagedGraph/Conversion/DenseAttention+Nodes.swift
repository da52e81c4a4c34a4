extension DenseAttention {
    /// The node that does the same over a paged cache, between nodes that take away the axis `axis`
    /// from its inputs and give it back to its output.
    ///
    /// - Parameter rotary: what rotates in the node's place.
    func pagedNodes(_ names: GraphNames, axis: String, rotary: LongRotary?) -> [NodeMessage] {
        let places = [AttentionInput.query, .key, .value]
        let rotated = rotary.map(rotatedNodes)
        let given = rotated?.outputs ?? places.map { node.input($0.rawValue) }
        var nodes = rotated?.nodes ?? []
        var rows: [AttentionInput: String] = [:]
        for (place, value) in zip(places, given) {
            guard let value else { continue }
            let name = "\(name)/rows/\(place.name)"
            rows[place] = name
            nodes.append(
                NodeMessage(
                    "Squeeze",
                    name: name + "/Squeeze",
                    inputs: [value, axis],
                    outputs: [name]
                )
            )
        }
        let output = "\(name)/rows/output"
        nodes.append(pagedNode(names, rows: rows, output: output, rotates: rotary == nil))
        nodes.append(
            NodeMessage(
                "Unsqueeze",
                name: output + "/Unsqueeze",
                inputs: [output, axis],
                outputs: [node.output(0) ?? ""]
            )
        )
        return nodes
    }

    private func pagedNode(
        _ names: GraphNames,
        rows: [AttentionInput: String],
        output: String,
        rotates: Bool
    ) -> NodeMessage {
        var values = rows
        values[.keyCache] = keyCache
        values[.valueCache] = valueCache
        values[.cumulativeSequenceLengths] = names.cumulativeSequenceLengths
        values[.pastSequenceLengths] = names.pastSequenceLengths
        values[.blockTable] = names.blockTable
        values[.cosineCache] = rotates ? tables?.cosine : nil
        values[.sineCache] = rotates ? tables?.sine : nil
        values[.headSink] = headSink
        values[.queryNormWeight] = node.input(14)
        values[.keyNormWeight] = node.input(15)
        values[.attentionMetadata] = names.attentionMetadata
        var paged = NodeMessage(
            "PagedAttention",
            domain: "com.microsoft",
            name: name,
            inputs: AttentionInput.allCases.map { values[$0] ?? "" },
            outputs: [output] + node.message.output.dropFirst().prefix(2)
        )
        paged.attribute = attributes
        if !rotates { paged.set("do_rotary", 0) }
        return paged
    }

    /// Nodes that rotate queries and keys, after taking a packed row apart, and what they write.
    private func rotatedNodes(
        _ rotary: LongRotary
    ) -> (nodes: [NodeMessage], outputs: [String?]) {
        var nodes: [NodeMessage] = []
        var parts = (0..<3).map { node.input($0) ?? "\(name)/parts/\($0)" }
        if node.input(1) == nil {
            parts[0] = "\(name)/parts/0"
            var split = NodeMessage(
                "Split",
                name: "\(name)/Split",
                inputs: [node.input(0) ?? "", "\(name)/widths"],
                outputs: parts
            )
            split.set("axis", -1)
            nodes.append(split)
        }
        for (place, heads) in [headCount, keyValueHeadCount].enumerated() {
            var rotation = NodeMessage(
                "RotaryEmbedding",
                domain: "com.microsoft",
                name: "\(name)/RotaryEmbedding/\(place)",
                inputs: [parts[place], LongRotary.rows, rotary.cosine.name, rotary.sine.name],
                outputs: ["\(name)/rotated/\(place)"]
            )
            rotation.set("interleaved", interleaves ? 1 : 0)
            rotation.set("num_heads", heads)
            rotation.set("rotary_embedding_dim", rotary.channels < headSize ? rotary.channels : 0)
            nodes.append(rotation)
            parts[place] = rotation.output[0]
        }
        return (nodes, parts)
    }

    /// Widths of queries, keys and values in a packed row.
    private var widths: TensorMessage {
        let width = Int64(keyValueHeadCount * headSize)
        return TensorMessage("\(name)/widths", [Int64(headCount * headSize), width, width])
    }

    /// Constants that the nodes of ``pagedNodes(_:axis:rotary:)`` need.
    func constants(rotary: LongRotary?) -> [TensorMessage] {
        sinks + (rotary != nil && node.input(1) == nil ? [widths] : [])
    }
}
