internal import PagedAttention

/// Says why a graph cannot be converted, naming the node, before anything is changed.
struct Refusals {
    private let model: ModelMessage
    private let settings: ConversionSettings
    private var nodes: [NodeMessage] { model.graph.node }

    init(_ model: ModelMessage, _ settings: ConversionSettings) {
        self.model = model
        self.settings = settings
    }

    func check() throws(GraphError) {
        // Squeeze and Unsqueeze take their axes as an input since 13.
        guard model.operatorVersion >= 13 else {
            throw GraphError(
                "the graph uses version \(model.operatorVersion) of ONNX's operators; "
                    + "export the model again with 13 or newer"
            )
        }
        if let other = nodes.first(where: isOtherAttention) {
            throw GraphError(
                "node \(other.name) is \(other.opType), which is not converted: "
                    + reason(other.opType) + Self.advice
            )
        }
        if !nodes.contains(where: { $0.opType == DenseAttention.operatorType }) {
            throw unfused
        }
    }

    private static let advice =
        "; export the model with onnxruntime-genai's builder for cpu, "
        + "which uses GroupQueryAttention"

    private func isOtherAttention(_ node: NodeMessage) -> Bool {
        node.opType.hasSuffix("Attention") && node.opType != DenseAttention.operatorType
    }

    private func reason(_ type: String) -> String {
        switch type {
        case "MultiHeadAttention", "Attention":
            "which tokens may see each other is a mask that the graph computes"
        case "LinearAttention": "its state is not a cache of keys and values"
        case "SparseAttention": "it skips blocks of the sequence"
        default: "only GroupQueryAttention is"
        }
    }

    /// Attention written out in small nodes, or none at all.
    private var unfused: GraphError {
        let cache = GraphNames.name(settings.names.keyCache, layer: 0)
        guard let reader = nodes.first(where: { $0.reads.contains(cache) }) else {
            return GraphError(
                "the graph has no attention node and nothing reads \(cache)" + Self.advice
            )
        }
        return GraphError(
            "attention is not one node: \(reader.name) (\(reader.opType)) reads \(cache)"
                + Self.advice
        )
    }
}
