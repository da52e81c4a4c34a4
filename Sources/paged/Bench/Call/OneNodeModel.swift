import Foundation
import PagedAttention
import PagedGraph

/// A model of one node whose inputs and outputs are the graph's.
struct OneNodeModel {
    private var node = NodeMessage()
    private var graph = GraphMessage()
    private let domain: String

    /// A node without tensors; the empty domain is ONNX's own.
    init(_ operatorName: String, domain: String = "") {
        self.domain = domain
        node.opType = operatorName
        node.domain = domain
        node.name = operatorName
        graph.name = operatorName
    }

    /// Adds an integer attribute.
    mutating func set(_ name: String, _ value: Int) {
        var attribute = AttributeMessage()
        attribute.name = name
        attribute.type = 2
        attribute.i = Int64(value)
        node.attribute.append(attribute)
    }

    /// Adds the node's next input.
    mutating func addInput(_ name: String, _ type: ElementType, rank: Int) {
        node.input.append(name)
        graph.input.append(Self.value(name, type, rank))
    }

    /// Adds the node's next output.
    mutating func addOutput(_ name: String, _ type: ElementType, rank: Int) {
        node.output.append(name)
        graph.output.append(Self.value(name, type, rank))
    }

    /// The model as the bytes of an ONNX file.
    func bytes() throws -> [UInt8] { try bytes(nodes: [node], graph) }

    /// A constant of a node: its name, type, shape and bytes.
    typealias Constant = (name: String, type: ElementType, shape: [Int], bytes: Data)

    /// The model with copies of the node, which read the same inputs and constants of their own; the number
    /// of a copy is at the end of the names of its outputs.
    func bytes(copies: Int, constants: (Int) -> [Constant]) throws -> [UInt8] {
        var graph = graph
        graph.output = []
        let nodes = (0..<copies).map { copy in
            var node = node
            node.name += "\(copy)"
            node.output = node.output.map { "\($0)\(copy)" }
            graph.output += self.graph.output.map { output in
                var output = output
                output.name += "\(copy)"
                return output
            }
            for constant in constants(copy) {
                var tensor = TensorMessage()
                tensor.name = constant.name
                tensor.dataType = constant.type.rawValue
                tensor.dims = constant.shape.map(Int64.init)
                tensor.rawData = constant.bytes
                graph.initializer.append(tensor)
                node.input.append(constant.name)
            }
            return node
        }
        return try bytes(nodes: nodes, graph)
    }

    private func bytes(nodes: [NodeMessage], _ graph: GraphMessage) throws -> [UInt8] {
        var model = ModelMessage()
        model.irVersion = 10
        model.producerName = "paged"
        model.opsetImport = [Self.operatorSet("", 21)]
        if !domain.isEmpty { model.opsetImport.append(Self.operatorSet(domain, 1)) }
        model.graph = graph
        model.graph.node = nodes
        return try GraphFile(message: model).bytes()
    }

    private static func operatorSet(_ domain: String, _ version: Int64) -> OperatorSetMessage {
        var set = OperatorSetMessage()
        set.domain = domain
        set.version = version
        return set
    }

    /// A tensor of any sizes.
    private static func value(_ name: String, _ type: ElementType, _ rank: Int) -> ValueMessage {
        var value = ValueMessage()
        value.name = name
        value.type.tensorType.elemType = type.rawValue
        value.type.tensorType.shape.dim = (0..<rank).map { axis in
            var dimension = DimensionMessage()
            dimension.dimParam = "\(name).\(axis)"
            return dimension
        }
        return value
    }
}
