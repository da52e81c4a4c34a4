internal import PagedAttention

/// A GroupQueryAttention node, read far enough to write the PagedAttention node that does the same.
///
///     inputs: query or packed rows, key, value, past_key, past_value, seqlens_k, total, cos, sin,
///             position_ids, attention_bias, head_sink, k_scale, v_scale, q_norm, k_norm, query_seqlens
struct DenseAttention {
    static let operatorType = "GroupQueryAttention"

    let name: String
    let keyValueHeadCount: Int
    /// Of activations and of the caches.
    let elementType: ElementType
    let keyCache: String
    let valueCache: String
    /// The names of the caches after the step.
    let cacheOutputs: [String]
    let headCount: Int
    let headSize: Int
    let interleaves: Bool
    private let rotates: Bool
    let sinks: [TensorMessage]
    let node: GraphNode
    let attributes: [AttributeMessage]
    let headSink: String

    /// More than any model has; keeps products of sizes small.
    static let mostHeads = 1 << 16
    /// Attributes that mean the same to both operators.
    private static let kept: Set<String> = [
        "num_heads", "kv_num_heads", "scale", "local_window_size", "softcap", "do_rotary",
        "rotary_interleaved", "qk_norm_epsilon",
    ]

    init(
        _ message: NodeMessage,
        inputs: [ValueMessage],
        headSize: Int
    ) throws(GraphError) {
        let node = GraphNode(message)
        do throws(OperatorError) {
            let reader = DenseAttentionReader(node, inputs)
            try reader.refuse()
            (keyCache, valueCache, elementType) = try reader.caches()
            guard let heads = try node.integer("num_heads"),
                let keyValueHeads = try node.integer("kv_num_heads")
            else { throw .invalidArgument("num_heads or kv_num_heads is missing") }
            guard 1...Self.mostHeads ~= heads, 1...Self.mostHeads ~= keyValueHeads else {
                throw .invalidArgument(
                    "num_heads \(heads) and kv_num_heads \(keyValueHeads) must be from 1 to "
                        + "\(Self.mostHeads)"
                )
            }
            headCount = heads
            keyValueHeadCount = keyValueHeads
            interleaves = try node.integer("rotary_interleaved") == 1
            rotates = try node.integer("do_rotary") == 1
            let sink = try reader.sink(headCount: heads, type: elementType)
            headSink = sink.name
            sinks = sink.constants
        } catch {
            throw GraphError("node \(message.name) (\(message.opType)): \(error.message)")
        }
        self.headSize = headSize
        name = message.name
        cacheOutputs = [node.output(1), node.output(2)].compactMap(\.self)
        attributes = message.attribute.filter { Self.kept.contains($0.name) }
        self.node = node
    }

    /// The rotary tables that the node reads; nil if it does not rotate.
    var tables: (cosine: String, sine: String)? {
        guard rotates, let cosine = node.input(7), let sine = node.input(8) else { return nil }
        return (cosine, sine)
    }
}
