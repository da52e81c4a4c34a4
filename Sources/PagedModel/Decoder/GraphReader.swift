internal import PagedAttention
internal import PagedGraph
internal import PagedRuntime

/// Takes inputs and outputs of a graph by name, and knows which were not taken.
struct GraphReader {
    private let inputs: [String: ValueInformation]
    private let outputs: [String: ValueInformation]
    private var untaken: Set<String>
    private var takenOutputs: Set<String> = []

    init(inputs: [ValueInformation], outputs: [ValueInformation]) {
        self.inputs = Dictionary(inputs.map { ($0.name, $0) }) { first, _ in first }
        self.outputs = Dictionary(outputs.map { ($0.name, $0) }) { first, _ in first }
        untaken = Set(inputs.map(\.name))
    }

    mutating func input(
        _ name: String,
        types: [ElementType],
        rank: Int
    ) throws(ModelError) -> ValueInformation {
        guard let value = inputs[name] else {
            throw ModelError("the graph has no input \(name)")
        }
        guard untaken.remove(name) != nil else {
            throw ModelError("genai_config.json names input \(name) twice")
        }
        try check(value, "input", types: types, rank: rank)
        return value
    }

    mutating func optionalInput(
        _ name: String,
        types: [ElementType],
        rank: Int = 1
    ) throws(ModelError) -> ValueInformation? {
        guard inputs[name] != nil else { return nil }
        return try input(name, types: types, rank: rank)
    }

    mutating func output(
        _ name: String,
        types: [ElementType],
        rank: Int
    ) throws(ModelError) -> ValueInformation {
        guard let value = try optionalOutput(name) else {
            throw ModelError("the graph has no output \(name)")
        }
        try check(value, "output", types: types, rank: rank)
        return value
    }

    /// An output of any type; nil if the graph leaves it out.
    mutating func optionalOutput(_ name: String) throws(ModelError) -> ValueInformation? {
        guard let value = outputs[name] else { return nil }
        guard takenOutputs.insert(name).inserted else {
            throw ModelError("genai_config.json names output \(name) twice")
        }
        return value
    }

    /// An input that nobody knows how to fill would make every step fail.
    func checkNothingIsLeft() throws(ModelError) {
        if let name = untaken.min() {
            throw ModelError(
                "the graph wants input \(name), which is not served yet; "
                    + "served are the inputs of a decoder with one paged cache per layer"
            )
        }
    }

    private func check(
        _ value: ValueInformation,
        _ kind: String,
        types: [ElementType],
        rank: Int
    ) throws(ModelError) {
        guard let type = value.elementType, types.contains(type) else {
            let wanted = types.map(\.name).joined(separator: " or ")
            let found = value.elementType?.name ?? "another type"
            throw ModelError("\(kind) \(value.name) must be \(wanted), the graph has \(found)")
        }
        guard value.shape.count == rank else {
            throw ModelError(
                "\(kind) \(value.name) must have rank \(rank), the graph has \(value.shape.count)"
            )
        }
    }
}

/// Reads the caches of all layers.
struct CacheReader {
    private(set) var layers: [DecoderGraph.Layer] = []
    private(set) var elementType = ElementType.float32
    private(set) var shape: [Int?] = []

    static func read(
        from reader: inout GraphReader,
        decoder: DecoderConfiguration
    ) throws(ModelError) -> CacheReader {
        if let kind = decoder.stateKinds.first(where: { $0 != "paged_kv" }) {
            throw ModelError("state group \(kind) is not served yet; paged_kv is")
        }
        try decoder.checkCacheNames()
        var caches = CacheReader()
        for layer in 0..<decoder.layerCount {
            try caches.add(layer: layer, from: &reader, names: decoder.names)
        }
        try caches.check(2, decoder.keyValueHeadCount, "num_key_value_heads")
        try caches.check(3, decoder.cacheHeadSize(caches.elementType), "head_size")
        return caches
    }

    private mutating func add(
        layer: Int,
        from reader: inout GraphReader,
        names: GraphNames
    ) throws(ModelError) {
        func name(_ pattern: String) -> String { GraphNames.name(pattern, layer: layer) }
        for pattern in [names.keyCache, names.valueCache] {
            let cache = try reader.input(
                name(pattern),
                types: [.float32, .float16, .bfloat16, .int8, .float8e4m3fn, .uint8],
                rank: 4
            )
            if layers.isEmpty && pattern == names.keyCache {
                elementType = cache.elementType ?? elementType
                shape = cache.shape
            }
            guard cache.elementType == elementType, cache.shape == shape else {
                throw ModelError(
                    "input \(cache.name) differs from the other caches in type or shape; "
                        + "one layout for all layers is served"
                )
            }
        }
        layers.append(
            DecoderGraph.Layer(
                keyCache: name(names.keyCache),
                valueCache: name(names.valueCache),
                keyCacheOutput: try reader.optionalOutput(name(names.keyCacheOutput))?.name,
                valueCacheOutput: try reader.optionalOutput(name(names.valueCacheOutput))?.name
            )
        )
    }

    private func check(_ axis: Int, _ expected: Int, _ key: String) throws(ModelError) {
        if let size = shape[axis], size != expected {
            throw ModelError(
                "genai_config.json says \(key) \(expected), the graph's caches have \(size)"
            )
        }
    }
}

extension DecoderConfiguration {
    /// Elements of a head in caches of a type: bytes hold two 4-bit codes each.
    func cacheHeadSize(_ type: ElementType) -> Int {
        type == .uint8 ? (headSize + 1) / 2 : headSize
    }

    /// One name cannot stand for the caches of several layers.
    fileprivate func checkCacheNames() throws(ModelError) {
        let patterns = [
            ("past_key_names", names.keyCache), ("past_value_names", names.valueCache),
            ("present_key_names", names.keyCacheOutput),
            ("present_value_names", names.valueCacheOutput),
        ]
        for (key, pattern) in patterns
        where layerCount > 1 && GraphNames.name(pattern, layer: 0) == pattern {
            throw ModelError(
                "genai_config.json: \(key) \(pattern) of \(layerCount) layers must contain %d"
            )
        }
    }
}
