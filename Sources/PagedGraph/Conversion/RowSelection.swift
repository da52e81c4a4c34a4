internal import PagedAttention

extension GraphMessage {
    /// Has the graph compute only the wanted rows of logits: a new input says which tokens, and
    /// everything after the last attention that treats each token for itself is done for them alone.
    ///
    /// - Parameters:
    ///   - value: the logits, before any output takes them.
    ///   - indices: the name of the new input, `int32`.
    ///   - axis: the axis of tokens in values between nodes.
    /// - Returns: false where nothing can be left out, with the graph unchanged.
    @discardableResult
    mutating func selectRows(of value: String, indices: String, axis: Int) -> Bool {
        let selection = RowSelection(self, logits: value, axis: axis)
        let crossing = selection.crossing
        let ranks = Dictionary(valueInfo.map { ($0.name, GraphValue($0).shape?.count) }) { $1 }
        // A value of another rank is no row for each token.
        guard !crossing.isEmpty, crossing.allSatisfy({ (ranks[$0] ?? nil) ?? axis + 2 == axis + 2 })
        else { return false }
        setInput(ValueMessage(indices, type: .int32, shape: [.named("num_logits")]))
        let selected = { (name: String) in "/paged/selected/" + name }
        for index in node.indices where selection.rowWise.contains(index) {
            for place in node[index].input.indices where crossing.contains(node[index].input[place])
            {
                node[index].input[place] = selected(node[index].input[place])
            }
        }
        for name in crossing.sorted() {
            var gather = NodeMessage(
                "Gather",
                name: selected(name) + "/Gather",
                inputs: [name, indices],
                outputs: [selected(name)]
            )
            gather.set("axis", axis)
            let writer = node.firstIndex { $0.output.contains(name) }
            node.insert(gather, at: writer.map { $0 + 1 } ?? 0)
        }
        return true
    }
}

/// The nodes at the end of a graph that treat every token for itself.
private struct RowSelection {
    /// Places of the nodes.
    let rowWise: Set<Int>
    /// The values that they read from nodes before them.
    let crossing: Set<String>

    /// Operators that compute a token's numbers from that token's alone, along the last axis.
    private static let operators: Set<String> = [
        "Add", "Sub", "Mul", "Div", "Neg", "Pow", "Sqrt", "Min", "Max", "Clip", "Cast", "Identity",
        "Sigmoid", "Tanh", "Relu", "Gelu", "FastGelu", "QuickGelu", "BiasGelu", "Silu", "Softplus",
        "SimplifiedLayerNormalization", "SkipSimplifiedLayerNormalization", "LayerNormalization",
        "SkipLayerNormalization", "RMSNormalization", "MatMulNBits", "DynamicQuantizeMatMul", "MoE",
        "QMoE",
    ]

    init(_ graph: GraphMessage, logits: String, axis: Int) {
        let constants = Self.constants(graph)
        var readers: [String: [Int]] = [:]
        for (index, node) in graph.node.enumerated() {
            for name in node.reads { readers[name, default: []].append(index) }
        }
        let outputs = Set(graph.output.map(\.name))
        var rowWise: Set<Int> = []
        for (index, node) in graph.node.enumerated().reversed() {
            let written = node.output.filter { !$0.isEmpty }
            let isRead = written.contains { $0 == logits || readers[$0] != nil }
            let feedsRowsOnly = written.allSatisfy { name in
                (name == logits || !outputs.contains(name))
                    && (readers[name] ?? []).allSatisfy(rowWise.contains)
            }
            guard isRead, feedsRowsOnly, !written.allSatisfy(constants.contains),
                Self.isRowWise(node, constants: constants, axis: axis)
            else { continue }
            rowWise.insert(index)
        }
        self.rowWise = rowWise
        var crossing: Set<String> = []
        for index in rowWise {
            crossing.formUnion(graph.node[index].reads.filter { !constants.contains($0) })
        }
        for index in rowWise { crossing.subtract(graph.node[index].output) }
        self.crossing = crossing
    }

    private static func isRowWise(
        _ node: NodeMessage,
        constants: Set<String>,
        axis: Int
    ) -> Bool {
        if operators.contains(node.opType) { return true }
        let view = GraphNode(node)
        switch node.opType {
        case "Split", "Softmax":
            // Counted from the end, or behind the axis of tokens.
            let own = (try? view.integer("axis")) ?? (node.opType == "Split" ? 0 : -1)
            return own < 0 || own > axis
        case "MatMul":
            return view.input(1).map(constants.contains) ?? false
        case "Reshape":
            // A constant shape cannot know how many tokens there are.
            return view.input(1).map(constants.contains) ?? false
        default:
            return false
        }
    }

    /// Values that are the same in every run.
    private static func constants(_ graph: GraphMessage) -> Set<String> {
        var constants = Set(graph.initializer.map(\.name))
        for node in graph.node where node.reads.allSatisfy(constants.contains) {
            constants.formUnion(node.output.filter { !$0.isEmpty })
        }
        return constants
    }
}
