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
    private let headCount: Int
    private let headSize: Int
    private let interleaves: Bool
    private let sinks: [TensorMessage]
    private let node: GraphNode
    private let attributes: [AttributeMessage]
    private let headSink: String

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
            headCount = heads
            keyValueHeadCount = keyValueHeads
            interleaves = try node.integer("rotary_interleaved") == 1
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
        guard let cosine = node.input(7), let sine = node.input(8) else { return nil }
        return (cosine, sine)
    }

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
