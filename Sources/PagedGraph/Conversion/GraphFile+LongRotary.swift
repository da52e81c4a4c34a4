internal import PagedAttention

extension GraphFile {
    /// Has a paged graph that chooses rotary tables for a whole batch, by its longest sequence, choose
    /// them for each sequence: what one gets would depend on its neighbours otherwise.
    ///
    /// - Returns: Whether there was such a choice.
    /// - Throws: an error that names the node that stands in the way.
    package mutating func chooseRotaryTablesBySequence(
        _ settings: ConversionSettings
    ) throws(GraphError) -> Bool {
        var graph = message.graph
        let tables = graph.node.lazy.filter(\.isPagedAttention).compactMap(\.rotaryTables)
            .first { tables in
                graph.node.contains { $0.opType == "If" && $0.output.contains(tables.cosine) }
            }
        guard let tables,
            let rotary = try LongRotary(cosine: tables.cosine, sine: tables.sine, in: graph)
        else { return false }
        graph.node = []
        for node in message.graph.node {
            guard node.isPagedAttention, node.rotaryTables?.cosine == tables.cosine else {
                graph.node.append(node)
                continue
            }
            let rotation = try OuterRotation(of: node, headSize: settings.headSize)
            graph.node += rotation.pagedNodes(node, rotary)
            graph.initializer += rotation.constants
        }
        graph.add(rotary, settings.names)
        graph.initializer.append(TensorMessage(PagedConversion.axis, [0]))
        graph.removeUnusedNodes()
        graph.valueInfo = []
        message.graph = graph
        return true
    }
}

extension GraphMessage {
    /// Adds what chooses rotary tables for each token, with the inputs that it needs.
    mutating func add(_ rotary: LongRotary, _ names: GraphNames) {
        for name in [names.positions, names.sequenceLengths] {
            setInput(ValueMessage(name, type: .int64, shape: [.named("num_tokens")]))
        }
        initializer += rotary.constants
        node.insert(contentsOf: rotary.rowNodes(names, axis: PagedConversion.axis), at: 0)
    }
}

extension NodeMessage {
    fileprivate var isPagedAttention: Bool { opType == "PagedAttention" }

    fileprivate var rotaryTables: (cosine: String, sine: String)? {
        let node = GraphNode(self)
        guard let cosine = node.input(AttentionInput.cosineCache.rawValue),
            let sine = node.input(AttentionInput.sineCache.rawValue)
        else { return nil }
        return (cosine, sine)
    }
}

extension OuterRotation {
    private static let rowInputs = [AttentionInput.query, .key, .value]

    /// The rotation of a paged node, whose rows get a first axis for it.
    fileprivate init(of message: NodeMessage, headSize: Int) throws(GraphError) {
        let node = GraphNode(message)
        do throws(OperatorError) {
            guard node.input(AttentionInput.queryNormWeight.rawValue) == nil else {
                throw .invalidArgument(
                    "rotary tables chosen by length and q_norm_weight cannot be served together"
                )
            }
            guard let heads = try node.integer("num_heads"),
                let keyValueHeads = try node.integer("kv_num_heads"),
                1...DenseAttention.mostHeads ~= heads,
                1...DenseAttention.mostHeads ~= keyValueHeads
            else { throw .invalidArgument("num_heads or kv_num_heads is missing or out of range") }
            headCount = heads
            keyValueHeadCount = keyValueHeads
            interleaves = try node.integer("rotary_interleaved") == 1
        } catch {
            throw GraphError("node \(message.name) (\(message.opType)): \(error.message)")
        }
        self.headSize = headSize
        let name = message.name
        self.name = name
        inputs = Self.rowInputs.map { place in
            node.input(place.rawValue).map { _ in "\(name)/sequence/\(place.name)" }
        }
    }

    fileprivate func pagedNodes(_ message: NodeMessage, _ rotary: LongRotary) -> [NodeMessage] {
        let node = GraphNode(message)
        let (rotation, outputs) = nodes(rotary)
        var paged = message
        var before: [NodeMessage] = []
        var after: [NodeMessage] = []
        for (place, output) in zip(Self.rowInputs, outputs) {
            if let rows = node.input(place.rawValue), let sequence = inputs[place.rawValue] {
                before.append(reshape("Unsqueeze", rows, sequence))
            }
            guard let output else { continue }
            let rows = "\(name)/rows/\(place.name)"
            after.append(reshape("Squeeze", output, rows))
            paged.input[place.rawValue] = rows
        }
        paged.input[AttentionInput.cosineCache.rawValue] = ""
        paged.input[AttentionInput.sineCache.rawValue] = ""
        paged.set("do_rotary", 0)
        return before + rotation + after + [paged]
    }

    private func reshape(_ type: String, _ input: String, _ output: String) -> NodeMessage {
        NodeMessage(
            type,
            name: "\(output)/\(type)",
            inputs: [input, PagedConversion.axis],
            outputs: [output]
        )
    }
}
