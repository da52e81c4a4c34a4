/// Rotation of queries and keys by nodes of their own, in an attention node's place.
struct OuterRotation {
    /// The attention node's.
    let name: String
    /// Queries or packed rows, keys, values: `[1, tokens, width]`.
    let inputs: [String?]
    let headCount: Int
    let keyValueHeadCount: Int
    let headSize: Int
    let interleaves: Bool

    private var isPacked: Bool { inputs[1] == nil }
    private var widthsName: String { "\(name)/widths" }

    /// Nodes that rotate queries and keys, after taking a packed row apart, and the names of queries,
    /// keys and values after them.
    func nodes(_ rotary: LongRotary) -> (nodes: [NodeMessage], outputs: [String?]) {
        var nodes: [NodeMessage] = []
        var parts = (0..<3).map { inputs[$0] ?? "\(name)/parts/\($0)" }
        if isPacked {
            parts[0] = "\(name)/parts/0"
            var split = NodeMessage(
                "Split",
                name: "\(name)/Split",
                inputs: [inputs[0] ?? "", widthsName],
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

    /// Constants that the nodes need: widths of queries, keys and values in a packed row.
    var constants: [TensorMessage] {
        guard isPacked else { return [] }
        let width = Int64(keyValueHeadCount * headSize)
        return [TensorMessage(widthsName, [Int64(headCount * headSize), width, width])]
    }
}
