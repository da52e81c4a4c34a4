import PagedAttention
import PagedEngine
import PagedGraph
import PagedModel
import PagedRuntime

/// What the cache of a model takes, and what the default memory holds.
struct CacheReport: Encodable {
    let layout: CacheLayoutDescription
    let options: DecoderOptions
    let elementType: String

    private enum CodingKeys: String, CodingKey {
        case elementType, bytesPerToken, blockSize, memory, blockCount, tokens
    }

    /// - Throws: why no cache can be made for the graph: what an engine would say at its start.
    init(_ graph: ModelGraph, _ configuration: ModelConfiguration) throws(ModelError) {
        options = DecoderOptions(cacheBytes: EngineConfiguration().cacheMemory)
        let decoder = try DecoderGraph(
            inputs: graph.inputs.map(ValueInformation.init),
            outputs: graph.outputs.map(ValueInformation.init),
            configuration: configuration
        )
        layout = try CacheLayoutDescription(
            graph: decoder,
            configuration: configuration,
            options: options
        )
        elementType = decoder.cacheType.name
    }

    private var bytesPerToken: Int { layout.bytesPerBlock / layout.blockSize }
    private var tokens: Int { layout.blockCount * layout.blockSize }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(elementType, forKey: .elementType)
        try container.encode(bytesPerToken, forKey: .bytesPerToken)
        try container.encode(layout.blockSize, forKey: .blockSize)
        try container.encode(options.cacheBytes, forKey: .memory)
        try container.encode(layout.blockCount, forKey: .blockCount)
        try container.encode(tokens, forKey: .tokens)
    }

    func add(to rows: inout Rows) {
        rows.add(
            "cache",
            "\(elementType), \(counted(bytesPerToken, "byte")) a token; the default memory of "
                + "\(ByteCount(options.cacheBytes)) holds \(counted(tokens, "token")) in "
                + "\(counted(layout.blockCount, "block")) of \(layout.blockSize)"
        )
    }
}

extension ValueInformation {
    /// What ONNX Runtime would say of a graph's input or output.
    fileprivate init(_ value: GraphValue) {
        self.init(
            name: value.name,
            elementType: value.elementType,
            shape: value.shape?.map(\.size) ?? []
        )
    }
}
