package import PagedAttention

/// One node of a graph.
package struct GraphNode: Equatable, Sendable {
    /// The node as it is written.
    package let message: NodeMessage

    /// A view of a node.
    package init(_ message: NodeMessage) {
        self.message = message
    }

    /// The operator, such as `"MatMul"`.
    package var operatorType: String { message.opType }
    /// Whose operator it is; ONNX's own are `"ai.onnx"`.
    package var domain: String { ModelGraph.domain(message.domain) }
    /// The node's name; may be empty.
    package var name: String { message.name }

    /// The name of an input; nil if the node leaves it out.
    package func input(_ index: Int) -> String? { Self.element(message.input, index) }

    /// The name of an output; nil if the node leaves it out.
    package func output(_ index: Int) -> String? { Self.element(message.output, index) }

    private static func element(_ names: [String], _ index: Int) -> String? {
        guard names.indices.contains(index), !names[index].isEmpty else { return nil }
        return names[index]
    }
}

extension GraphNode {
    /// The kinds of attributes, by their number in ONNX's `AttributeProto.AttributeType`.
    enum Kind: Int32 {
        case float = 1
        case integer = 2
        case text = 3
    }

    /// An integer attribute; nil if the node does not have it.
    ///
    /// - Throws: `invalidArgument` if it is there and no integer.
    package func integer(_ name: String) throws(OperatorError) -> Int? {
        try attribute(name, .integer).map { Int($0.i) }
    }

    /// A float attribute; nil if the node does not have it.
    ///
    /// - Throws: `invalidArgument` if it is there and no float.
    package func float(_ name: String) throws(OperatorError) -> Float? {
        try attribute(name, .float)?.f
    }

    /// A text attribute; nil if the node does not have it.
    ///
    /// - Throws: `invalidArgument` if it is there and no text.
    package func text(_ name: String) throws(OperatorError) -> String? {
        try attribute(name, .text).map { String(decoding: $0.s, as: UTF8.self) }
    }

    private func attribute(
        _ name: String,
        _ kind: Kind
    ) throws(OperatorError) -> AttributeMessage? {
        guard let attribute = message.attribute.first(where: { $0.name == name }) else {
            return nil
        }
        guard attribute.type == kind.rawValue else {
            throw .invalidArgument("attribute \(name) must be of kind \(kind)")
        }
        return attribute
    }
}
