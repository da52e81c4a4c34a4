internal import PagedAttention

/// A node of a graph that is attention, and what the graph says of its inputs.
///
///     for attention in graph.attentionNodes where attention.kind == .paged {
///         print(attention.layer, try attention.kernel().name)
///     }
package struct AttentionNode: Sendable {
    /// Which attention it is.
    package enum Kind: Sendable {
        /// The operator `PagedAttention`.
        case paged
        /// The operator `SparsePagedAttention`.
        case sparsePaged
        /// Attention without a paged cache.
        case notPaged
    }

    /// The node.
    package let node: GraphNode
    /// Which attention it is.
    package let kind: Kind
    private let inputs: [GraphValue?]
    private let outputs: [GraphValue?]

    /// The domains in which the operators are known.
    package static let domains = [OperatorDomain.microsoft, OperatorDomain.own]

    /// Nil for a node that is no attention.
    package init?(_ node: GraphNode, in graph: ModelGraph) {
        guard node.operatorType.hasSuffix("Attention") else { return nil }
        switch (node.operatorType, Self.domains.contains(node.domain)) {
        case ("PagedAttention", true): kind = .paged
        case ("SparsePagedAttention", true): kind = .sparsePaged
        default: kind = .notPaged
        }
        self.node = node
        inputs = node.message.input.map { graph.value($0) }
        outputs = node.message.output.map { graph.value($0) }
    }

    /// Whether a paged node has an input.
    package func has(_ input: AttentionInput) -> Bool {
        place(input).map { node.input($0) != nil } ?? false
    }

    /// What the graph says of an input of a paged node; nil if it says nothing.
    package func value(_ input: AttentionInput) -> GraphValue? {
        guard has(input), let place = place(input) else { return nil }
        return inputs.indices.contains(place) ? inputs[place] : nil
    }

    private func place(_ input: AttentionInput) -> Int? {
        kind == .sparsePaged ? input.sparsePlace : input.rawValue
    }

    /// The number of the layer, as the node's name or that of its key cache has it.
    package var layer: Int? {
        if let range = node.name.firstRange(of: "layers.") {
            return Self.number(in: node.name[range.upperBound...])
        }
        return node.input(AttentionInput.keyCache.rawValue).flatMap {
            Self.number(in: $0.drop { !$0.isASCII || !$0.isNumber })
        }
    }

    private static func number(in text: Substring) -> Int? {
        Int(text.prefix { $0.isASCII && $0.isNumber })
    }

    /// A value with the type of activations; nil if the graph says of none.
    package var activation: GraphValue? {
        let inputs: [AttentionInput] = [
            .key, .value, .cosineCache, .sineCache, .headSink, .queryNormWeight, .keyNormWeight,
        ]
        let known = typed([value(.query), outputs.first ?? nil] + inputs.map(value))
        // A cache without codes has it too, unless the one who loads the graph wants another.
        return known ?? cache.flatMap { $0.elementType?.isActivation == true ? $0 : nil }
    }

    /// A value with the type of the caches; nil if the graph says of none.
    package var cache: GraphValue? {
        typed([value(.keyCache), value(.valueCache)] + outputs.dropFirst())
    }

    private func typed(_ values: [GraphValue?]) -> GraphValue? {
        values.compactMap(\.self).first { $0.typeNumber != 0 }
    }
}

extension ModelGraph {
    /// The nodes that are attention, in the graph's order.
    package var attentionNodes: [AttentionNode] {
        nodes.compactMap { AttentionNode($0, in: self) }
    }
}
