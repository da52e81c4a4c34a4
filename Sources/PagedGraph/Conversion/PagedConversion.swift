internal import PagedAttention

/// The steps that make a paged graph of one with a cache per sequence: see `GraphFile.paged`.
struct PagedConversion {
    private(set) var model: ModelMessage
    private let settings: ConversionSettings
    private let nodes: [DenseAttention]
    private let rotary: LongRotary?
    /// The cosine table that ``rotary`` stands for.
    private let rotated: String?
    private var names: GraphNames { settings.names }

    /// The axis that is all sequences as one, as a constant.
    static let axis = "/paged/axis"
    private static let inner = "/paged/inner/"

    init(_ model: ModelMessage, _ settings: ConversionSettings) throws(GraphError) {
        try Refusals(model, settings).check()
        self.model = model
        self.settings = settings
        var nodes: [DenseAttention] = []
        for node in model.graph.node where node.opType == DenseAttention.operatorType {
            nodes.append(
                try DenseAttention(
                    node,
                    inputs: model.graph.input,
                    headSize: settings.headSize
                )
            )
        }
        self.nodes = nodes
        let tables = nodes.lazy.compactMap(\.tables).first
        rotated = tables?.cosine
        rotary = try tables.flatMap { tables throws(GraphError) in
            try LongRotary(cosine: tables.cosine, sine: tables.sine, in: model.graph)
        }
    }

    mutating func run() throws(GraphError) {
        try convertAttention()
        try convertTokens()
        if let rotary { model.graph.add(rotary, names) }
        model.graph.removeUnusedNodes()
        try convertCaches()
        try dropMask()
        try convertLogits()
        model.graph.valueInfo = []
        model.graph.initializer.append(TensorMessage(Self.axis, [0]))
    }

    /// Puts a PagedAttention node, and what changes ranks around it, in place of each node.
    private mutating func convertAttention() throws(GraphError) {
        var attention = nodes[...]
        var converted: [NodeMessage] = []
        for node in model.graph.node {
            guard node.opType == DenseAttention.operatorType, let dense = attention.popFirst()
            else {
                converted.append(node)
                continue
            }
            let rotary = dense.tables?.cosine == rotated ? rotary : nil
            converted += dense.pagedNodes(names, axis: Self.axis, rotary: rotary)
            model.graph.initializer += dense.constants(rotary: rotary)
        }
        model.graph.node = converted
        model.useOperators(of: "com.microsoft", version: 1)
    }

    /// Makes the token identifiers, and positions if there are any, of rank 1.
    private mutating func convertTokens() throws(GraphError) {
        let inputs = model.graph.input
        for name in [names.tokens, names.positions] {
            guard let input = inputs.first(where: { $0.name == name }) else { continue }
            let type = GraphValue(input)
            guard let elementType = type.elementType, type.shape?.count == 2 else {
                throw GraphError(
                    "input \(name) must have rank 2, batch and tokens; it has "
                        + (type.shape.map { "\($0.count)" } ?? "no known rank")
                )
            }
            model.graph.setInput(
                ValueMessage(name, type: elementType, shape: [.named("num_tokens")])
            )
            model.graph.rename(uses: name, to: Self.inner + name)
            model.graph.node.insert(
                NodeMessage(
                    "Unsqueeze",
                    name: Self.inner + name + "/Unsqueeze",
                    inputs: [name, Self.axis],
                    outputs: [Self.inner + name]
                ),
                at: 0
            )
        }
        let integers: [(String, [GraphDimension])] = [
            (names.blockTable, [.named("batch_size"), .named("max_num_blocks")]),
            (names.cumulativeSequenceLengths, [.named("batch_size + 1")]),
            (names.pastSequenceLengths, [.named("batch_size")]),
            (names.attentionMetadata, [.fixed(3)]),
        ]
        for (name, shape) in integers {
            model.graph.setInput(ValueMessage(name, type: .int32, shape: shape))
        }
    }

    /// Gives the caches blocks.
    private mutating func convertCaches() throws(GraphError) {
        for node in nodes {
            let shape: [GraphDimension] = [
                .named("num_blocks"), .named("block_size"), .fixed(node.keyValueHeadCount),
                .fixed(settings.headSize),
            ]
            for name in [node.keyCache, node.valueCache] {
                model.graph.setInput(ValueMessage(name, type: node.elementType, shape: shape))
            }
            for name in node.cacheOutputs {
                model.graph.setOutput(ValueMessage(name, type: node.elementType, shape: shape))
            }
        }
        let caches = Set(nodes.flatMap { [$0.keyCache, $0.valueCache] })
        let paged = Set(nodes.map(\.name))
        for node in model.graph.node where !paged.contains(node.name) {
            if let cache = node.reads.first(where: caches.contains) {
                throw GraphError(
                    "node \(node.name) (\(node.opType)) reads \(cache) beside attention; "
                        + "such graphs cannot be converted"
                )
            }
        }
    }

    /// Removes the mask, which nothing but the lengths of dense attention may need.
    private mutating func dropMask() throws(GraphError) {
        if let node = model.graph.node.first(where: { $0.reads.contains(names.attentionMask) }) {
            throw GraphError(
                "node \(node.name) (\(node.opType)) reads \(names.attentionMask) for something else "
                    + "than GroupQueryAttention's lengths; such graphs cannot be converted"
            )
        }
        let unread = Set([names.attentionMask, names.positions])
            .subtracting(model.graph.node.flatMap(\.reads))
        model.graph.input.removeAll { unread.contains($0.name) }
    }

    private mutating func convertLogits() throws(GraphError) {
        guard
            let output = model.graph.output.first(where: { $0.name == names.logits }),
            let type = GraphValue(output).elementType,
            let shape = GraphValue(output).shape, shape.count == 3
        else {
            throw GraphError("the graph has no output \(names.logits) of rank 3")
        }
        let inner = Self.inner + names.logits
        model.graph.rename(output: names.logits, to: inner)
        model.graph.selectRows(of: inner, indices: names.logitsIndices, axis: 1)
        model.graph.node.append(
            NodeMessage(
                "Squeeze",
                name: inner + "/Squeeze",
                inputs: [inner, Self.axis],
                outputs: [names.logits]
            )
        )
        model.graph.setOutput(
            ValueMessage(names.logits, type: type, shape: [.named("num_logits"), shape[2]])
        )
    }
}
