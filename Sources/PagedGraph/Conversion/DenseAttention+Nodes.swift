extension DenseAttention {
    /// The node that does the same over a paged cache, between nodes that take away the axis `axis`
    /// from its inputs and give it back to its output.
    ///
    /// - Parameter rotary: what rotates in the node's place.
    func pagedNodes(_ names: GraphNames, axis: String, rotary: LongRotary?) -> [NodeMessage] {
        let places = [AttentionInput.query, .key, .value]
        let rotated = rotary.map(rotation.nodes)
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

    private var rotation: OuterRotation {
        OuterRotation(
            name: name,
            inputs: (0..<3).map(node.input),
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            interleaves: interleaves
        )
    }

    /// Constants that the nodes of ``pagedNodes(_:axis:rotary:)`` need.
    func constants(rotary: LongRotary?) -> [TensorMessage] {
        sinks + (rotary == nil ? [] : rotation.constants)
    }
}
