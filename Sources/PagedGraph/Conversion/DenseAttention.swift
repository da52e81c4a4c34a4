internal import PagedAttention

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

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
    /// Constants that the paged node needs.
    let constants: [TensorMessage]
    private let node: GraphNode
    private let attributes: [AttributeMessage]
    private let headSink: String

    /// The places of inputs whose meaning a paged node keeps, and where they go.
    private static let moved: [(from: Int, to: AttentionInput)] = [
        (7, .cosineCache), (8, .sineCache), (14, .queryNormWeight), (15, .keyNormWeight),
    ]
    /// Attributes that mean the same to both operators.
    private static let kept: Set<String> = [
        "num_heads", "kv_num_heads", "scale", "local_window_size", "softcap", "do_rotary",
        "rotary_interleaved", "qk_norm_epsilon",
    ]

    init(_ message: NodeMessage, inputs: [ValueMessage]) throws(GraphError) {
        let node = GraphNode(message)
        do throws(OperatorError) {
            let reader = DenseAttentionReader(node, inputs)
            try reader.refuse()
            (keyCache, valueCache, elementType) = try reader.caches()
            guard let heads = try node.integer("num_heads"),
                let keyValueHeads = try node.integer("kv_num_heads")
            else { throw .invalidArgument("num_heads or kv_num_heads is missing") }
            keyValueHeadCount = keyValueHeads
            let sink = try reader.sink(headCount: heads, type: elementType)
            headSink = sink.name
            constants = sink.constants
        } catch {
            throw GraphError("node \(message.name) (\(message.opType)): \(error.message)")
        }
        name = message.name
        cacheOutputs = [node.output(1), node.output(2)].compactMap(\.self)
        attributes = message.attribute.filter { Self.kept.contains($0.name) }
        self.node = node
    }

    /// The node that does the same over a paged cache, between nodes that take away the axis `axis`
    /// from its inputs and give it back to its output.
    func pagedNodes(_ names: GraphNames, axis: String) -> [NodeMessage] {
        var nodes: [NodeMessage] = []
        var inputs = [String](repeating: "", count: AttentionInput.allCases.count)
        func set(_ input: AttentionInput, _ value: String?) { inputs[input.rawValue] = value ?? "" }
        for input in [AttentionInput.query, .key, .value] {
            guard let value = node.input(input.rawValue) else { continue }
            let rows = "\(name)/rows/\(input.name)"
            nodes.append(
                NodeMessage(
                    "Squeeze",
                    name: rows + "/Squeeze",
                    inputs: [value, axis],
                    outputs: [rows]
                )
            )
            set(input, rows)
        }
        set(.keyCache, keyCache)
        set(.valueCache, valueCache)
        set(.cumulativeSequenceLengths, names.cumulativeSequenceLengths)
        set(.pastSequenceLengths, names.pastSequenceLengths)
        set(.blockTable, names.blockTable)
        for (from, to) in Self.moved { set(to, node.input(from)) }
        set(.headSink, headSink)
        set(.attentionMetadata, names.attentionMetadata)
        let rows = "\(name)/rows/output"
        var paged = NodeMessage(
            "PagedAttention",
            domain: "com.microsoft",
            name: name,
            inputs: inputs,
            outputs: [rows] + node.message.output.dropFirst().prefix(2)
        )
        paged.attribute = attributes
        nodes.append(paged)
        nodes.append(
            NodeMessage(
                "Unsqueeze",
                name: rows + "/Unsqueeze",
                inputs: [rows, axis],
                outputs: [node.output(0) ?? ""]
            )
        )
        return nodes
    }
}

/// Reads what of a GroupQueryAttention node needs more than a look.
private struct DenseAttentionReader {
    let node: GraphNode
    let inputs: [ValueMessage]

    init(_ node: GraphNode, _ inputs: [ValueMessage]) {
        self.node = node
        self.inputs = inputs
    }

    /// Refuses what PagedAttention cannot do.
    func refuse() throws(OperatorError) {
        let unknown = [(10, "attention_bias"), (16, "query_seqlens")]
        for (place, name) in unknown where node.input(place) != nil {
            throw .notImplemented("input \(name) has no counterpart in PagedAttention")
        }
        for name in ["k_quant_type", "v_quant_type"] {
            guard let type = try node.text(name), type != "NONE" else { continue }
            throw .notImplemented(
                "\(name) \(type): quantized dense caches are not converted; export the model "
                    + "without them and choose --cache-type"
            )
        }
        if try node.integer("causal") == 0 {
            throw .notImplemented("causal is 0: a decoder attends to earlier tokens only")
        }
        if try node.integer("qk_output") ?? 0 != 0 || node.output(3) != nil {
            throw .notImplemented("qk_output has no counterpart in PagedAttention")
        }
        let epsilon = try node.float("qk_norm_epsilon") ?? 1e-6
        for name in ["q_norm_epsilon", "k_norm_epsilon"] {
            guard let own = try node.float(name), own != epsilon else { continue }
            throw .notImplemented("\(name) \(own) differs from qk_norm_epsilon \(epsilon)")
        }
    }

    /// The names and the type of the caches.
    func caches() throws(OperatorError) -> (key: String, value: String, ElementType) {
        guard let key = node.input(3), let value = node.input(4) else {
            throw .notImplemented("it has no past_key and past_value, so there is no cache to page")
        }
        for name in [key, value] where !inputs.contains(where: { $0.name == name }) {
            throw .notImplemented("its cache \(name) is computed; it must be an input of the graph")
        }
        let type = inputs.first { $0.name == key }.flatMap { GraphValue($0).elementType }
        guard let type, type.isActivation else {
            throw .notImplemented("its cache \(key) must be float32, float16 or bfloat16")
        }
        return (key, value, type)
    }

    /// The logit of every head that only the denominator has: the node's, or zeros for a smooth
    /// softmax, which adds one to the denominator.
    func sink(
        headCount: Int,
        type: ElementType
    ) throws(OperatorError) -> (name: String, constants: [TensorMessage]) {
        if let given = node.input(11) { return (given, []) }
        guard try node.integer("smooth_softmax") == 1 else { return ("", []) }
        var zeros = TensorMessage()
        zeros.name = "\(node.name)/head_sink"
        zeros.dims = [Int64(headCount)]
        zeros.dataType = type.rawValue
        zeros.rawData = Data(count: headCount * type.byteCount)
        return (zeros.name, [zeros])
    }
}
