import PagedAttention
import PagedGraph

/// What the graph says of a PagedAttention node.
struct AttentionDetails: Encodable, Equatable {
    let headCount: Int
    let keyValueHeadCount: Int
    /// Nil where the graph does not fix it; so are the block size and the types.
    let headSize: Int?
    let blockSize: Int?
    let activationType: String?
    let cacheType: String?
    let layout: String
    /// Whether queries, keys and values come in one row.
    let isPacked: Bool
    /// Dimensions of the key cache.
    let cacheShape: [String]?
    /// What the node asks for beyond plain attention.
    let features: [String]
    /// The operator's optional inputs that the node has.
    let optionalInputs: [String]
    /// Rows of the rotary caches, where they are used and the graph fixes them.
    let rotaryPositions: Int?

    /// Nil if an attribute is missing or cannot be read.
    init?(_ node: AttentionNode) {
        guard let attributes = try? AttentionAttributes(node.node) else { return nil }
        headCount = attributes.headCount
        keyValueHeadCount = attributes.keyValueHeadCount
        headSize = node.headSize(attributes)
        blockSize = node.value(.keyCache)?.size(1)
        activationType = node.activation?.typeName
        cacheType = node.cache?.typeName
        layout = attributes.cacheLayout.rawValue
        isPacked = node.isPacked(attributes)
        cacheShape = node.value(.keyCache)?.shape?.map(\.description)
        features = AttentionFeatures(node: node, attributes: attributes).list
        optionalInputs = AttentionInput.optional.filter(node.has).map(\.name)
        rotaryPositions = attributes.doRotary ? AttentionFeatures.rotaryPositions(node) : nil
    }

    func add(to rows: inout Rows) {
        let groups = keyValueHeadCount > 0 ? headCount / keyValueHeadCount : 0
        rows.add(
            "heads",
            "\(headCount) query, \(keyValueHeadCount) key/value (groups of \(groups)), "
                + "head size \(headSize.map(String.init) ?? "not fixed")"
        )
        rows.add(
            "types",
            "activations \(activationType ?? "unknown"), cache \(cacheType ?? "unknown")"
        )
        let query = isPacked ? "query, key and value packed" : "query, key and value apart"
        rows.add("layout", layout == "LATENT" ? "LATENT" : "\(layout), \(query)")
        rows.add("cache", cacheShape.map { "[\($0.joined(separator: ", "))]" })
        rows.add("asks for", features.joined(separator: ", "))
        rows.add("inputs", optionalInputs.joined(separator: ", "))
    }
}

extension AttentionInput {
    /// The inputs that a node may leave out, but for those that the layout decides.
    static let optional: [AttentionInput] = [
        .cosineCache, .sineCache, .slotMapping, .headSink, .queryNormWeight, .keyNormWeight,
        .keyScale, .valueScale, .attentionMetadata,
    ]
}

/// What a node asks for beyond plain attention, in words.
struct AttentionFeatures {
    let node: AttentionNode
    let attributes: AttentionAttributes

    var list: [String] {
        [
            attributes.isCausal ? "causal" : "not causal",
            attributes.scale == 0 ? "scale 1/sqrt(head size)" : "scale \(attributes.scale)",
            attributes.localWindowSize > 0 ? "window \(attributes.localWindowSize)" : nil,
            attributes.softcap > 0 ? "softcap \(attributes.softcap)" : nil,
            rotary,
            node.has(.queryNormWeight) ? "query/key norm, \(attributes.qkNormEpsilon)" : nil,
            node.has(.headSink) ? "head sink" : nil,
            quantization("key", attributes.keyQuantizationType, attributes.keyCacheType),
            quantization("value", attributes.valueQuantizationType, attributes.valueCacheType),
            attributes.valueHeadSize > 0 ? "value head size \(attributes.valueHeadSize)" : nil,
        ].compactMap(\.self)
    }

    private var rotary: String? {
        guard attributes.doRotary else { return nil }
        var text = "rotary (\(attributes.rotaryInterleaved ? "neighbours" : "halves")"
        let half = node.value(.cosineCache)?.size(1) ?? node.value(.sineCache)?.size(1)
        if let half { text += " of \(half.multipliedReportingOverflow(by: 2).partialValue)" }
        if attributes.rotaryOffset > 0 { text += " from channel \(attributes.rotaryOffset)" }
        return text + ")"
    }

    private func quantization(_ side: String, _ type: QuantizationType, _ dtype: String) -> String?
    {
        guard type != .none || !dtype.isEmpty else { return nil }
        let words = [dtype, type == .none ? "" : type.rawValue].filter { !$0.isEmpty }
        return "\(side) cache \(words.joined(separator: " "))"
    }

    /// Positions that both rotary caches have, where the graph fixes them.
    static func rotaryPositions(_ node: AttentionNode) -> Int? {
        [node.value(.cosineCache)?.size(0), node.value(.sineCache)?.size(0)]
            .compactMap(\.self).min()
    }
}
