internal import PagedAttention

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Reads what of a GroupQueryAttention node needs more than a look.
struct DenseAttentionReader {
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
