internal import PagedAttention

extension GraphFile {
    /// Gives the caches of a paged graph another type.
    ///
    /// - Parameters:
    ///   - type: the new type.
    ///   - magnitudes: what each cache was seen to hold, by the name of its input; types with scales
    ///     need it, and get a scale for each head and channel.
    /// - Throws: an error that names the node where the operator does not have the type, or the
    ///   caches have scales already.
    package mutating func setCacheType(
        _ type: CacheType,
        magnitudes: [String: CacheMagnitudes] = [:]
    ) throws(GraphError) {
        var graph = message.graph
        var constants: [TensorMessage] = []
        for index in graph.node.indices where graph.node[index].opType == "PagedAttention" {
            var change = try CacheChange(graph.node[index], type, graph)
            try change.apply(magnitudes)
            graph.node[index] = change.node
            constants += change.constants
            for name in change.inputs { graph.setCacheType(type, of: name, in: \.input) }
            for name in change.outputs { graph.setCacheType(type, of: name, in: \.output) }
        }
        graph.initializer += constants
        graph.valueInfo = []
        message.graph = graph
    }
}

/// The change of one node's caches.
private struct CacheChange {
    private(set) var node: NodeMessage
    private(set) var constants: [TensorMessage] = []
    let inputs: [String]
    let outputs: [String]
    private let type: CacheType

    init(_ node: NodeMessage, _ type: CacheType, _ graph: GraphMessage) throws(GraphError) {
        let view = GraphNode(node)
        func input(_ input: AttentionInput) -> String? { view.input(input.rawValue) }
        guard let key = input(.keyCache), let value = input(.valueCache) else {
            throw GraphError(
                "node \(node.name) has no separate caches, whose type could be changed"
            )
        }
        let now = graph.input.first { $0.name == key }.map { GraphValue($0) }
        guard let activation = now?.elementType, activation.isActivation,
            input(.keyScale) == nil, input(.valueScale) == nil
        else {
            throw GraphError(
                "the caches of node \(node.name) are \(now?.typeName ?? "unknown") already; "
                    + "leave out --cache-type"
            )
        }
        let isServed =
            type.largestCode != nil || type.elementType == activation
            || (activation == .float32 && type == .float16)
        guard isServed else {
            throw GraphError(
                "node \(node.name) computes in \(activation.name), for which there is no "
                    + "\(type.elementType.name) cache"
            )
        }
        self.node = node
        self.type = type
        inputs = [key, value]
        outputs = [view.output(1), view.output(2)].compactMap(\.self)
    }

    /// Sets the attributes and scales of the type.
    mutating func apply(_ magnitudes: [String: CacheMagnitudes]) throws(GraphError) {
        guard let largest = type.largestCode else { return }
        let heads = try keyValueHeadCount
        let places: [AttentionInput] = [.keyScale, .valueScale]
        while node.input.count < AttentionInput.allCases.count { node.input.append("") }
        for (place, (side, cache)) in zip(places, zip(["k", "v"], inputs)) {
            guard let seen = magnitudes[cache] else {
                throw GraphError(
                    "\(type.rawValue) caches need scales, which this model does not have; make them "
                        + "with paged convert --cache-type \(type.rawValue) --calibrate TEXT"
                )
            }
            let scales = seen.numbers.map { $0 > 0 && $0.isFinite ? $0 / largest : 1 }
            let name = "\(cache).scale"
            let shape = [heads, 1, scales.count / max(heads, 1)]
            constants.append(TensorMessage(name, scales, shape: shape))
            node.input[place.rawValue] = name
            node.set("\(side)_quant_type", QuantizationType.perChannel.rawValue)
            if type == .int4 { node.set("\(side)_cache_dtype", ElementType.int4.name) }
        }
    }

    private var keyValueHeadCount: Int {
        get throws(GraphError) {
            do throws(OperatorError) {
                return try GraphNode(node).integer("kv_num_heads") ?? 0
            } catch {
                throw GraphError("node \(node.name): \(error.message)")
            }
        }
    }
}

extension GraphMessage {
    /// Changes the type of a cache, and its last axis where bytes hold two codes.
    fileprivate mutating func setCacheType(
        _ type: CacheType,
        of name: String,
        in values: WritableKeyPath<GraphMessage, [ValueMessage]>
    ) {
        guard let index = self[keyPath: values].firstIndex(where: { $0.name == name }) else {
            return
        }
        let value = GraphValue(self[keyPath: values][index])
        var shape = value.shape ?? []
        if let channels = shape.last?.size {
            shape[shape.count - 1] = .fixed(type.headSize(channels))
        }
        self[keyPath: values][index] = ValueMessage(name, type: type.elementType, shape: shape)
    }
}
