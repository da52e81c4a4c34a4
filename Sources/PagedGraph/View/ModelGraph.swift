/// The graph of a model: its nodes, and what is known of the values that they read and write.
///
/// The bodies of `If`, `Loop` and functions are not looked into.
package struct ModelGraph: Sendable {
    /// A version of a domain's operators.
    package struct OperatorSet: Equatable, Sendable {
        /// Whose operators they are; ONNX's own are `"ai.onnx"`.
        package let domain: String
        /// Their version.
        package let version: Int
    }

    /// The version of the file format.
    package let formatVersion: Int
    /// The program that wrote the file, with its version; may be empty.
    package let producer: String
    /// The operators that the graph uses.
    package let operatorSets: [OperatorSet]
    /// The nodes, in an order in which they can run.
    package let nodes: [GraphNode]
    /// What a run is given; constants are left out.
    package let inputs: [GraphValue]
    /// What a run gives back.
    package let outputs: [GraphValue]
    /// How many constants there are.
    package let constantCount: Int
    private let values: [String: GraphValue]

    /// A view of a file.
    package init(_ file: GraphFile) {
        let graph = file.message.graph
        formatVersion = Int(file.message.irVersion)
        producer = [file.message.producerName, file.message.producerVersion]
            .filter { !$0.isEmpty }.joined(separator: " ")
        operatorSets = file.message.opsetImport.map {
            OperatorSet(domain: Self.domain($0.domain), version: Int($0.version))
        }
        nodes = graph.node.map(GraphNode.init)
        let constants = graph.initializer.map(GraphValue.init)
        let constantNames = Set(constants.map(\.name))
        inputs = graph.input.map(GraphValue.init).filter { !constantNames.contains($0.name) }
        outputs = graph.output.map(GraphValue.init)
        constantCount = constants.count
        values = Dictionary(
            (constants + inputs + outputs + graph.valueInfo.map(GraphValue.init))
                .map { ($0.name, $0) }
        ) { first, _ in first }
    }

    /// What the graph says of a value; nil if it says nothing.
    package func value(_ name: String) -> GraphValue? { values[name] }

    /// A domain by its full name: files write ONNX's own as nothing.
    static func domain(_ name: String) -> String { name.isEmpty ? "ai.onnx" : name }
}
