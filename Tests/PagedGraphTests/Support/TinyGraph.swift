import Foundation
import PagedGraph
import SwiftProtobuf

/// A model of one PagedAttention node with packed inputs: 4 query heads, 2 key/value heads of 16.
struct TinyGraph {
    static let cacheShape: [GraphDimension] = [
        .named("blocks"), .named("block_size"), .fixed(2), .fixed(16),
    ]

    var node = NodeMessage()
    var inputs: [ValueMessage] = []
    var outputs: [ValueMessage] = []
    var constants: [TensorMessage] = []

    init(float: Int32 = 10, cache: Int32 = 10) {
        node.opType = "PagedAttention"
        node.domain = "com.microsoft"
        node.name = "/model/layers.3/attn/PagedAttention"
        node.input = ["qkv", "", "", "keys", "values", "starts", "past", "table"]
        node.output = ["attention", "keys_out", "values_out"]
        set("num_heads", 4)
        set("kv_num_heads", 2)
        add("qkv", float, [.named("tokens"), .fixed(128)])
        add("keys", cache, Self.cacheShape)
        add("values", cache, Self.cacheShape)
        add("starts", 6, [.unknown])
        add("past", 6, [.unknown])
        add("table", 6, [.unknown, .unknown])
        outputs = [Self.value("attention", float, [.named("tokens"), .fixed(64)])]
    }

    /// The model's file.
    func file() throws -> Data {
        var model = ModelMessage()
        model.irVersion = 10
        model.producerName = "a test"
        var operators = OperatorSetMessage()
        operators.version = 22
        model.opsetImport = [operators]
        model.graph.node = [node]
        model.graph.input = inputs
        model.graph.output = outputs
        model.graph.initializer = constants
        return try model.serializedBytes()
    }

    /// The view of the model.
    func graph() throws -> ModelGraph {
        try ModelGraph(GraphFile(bytes: file(), name: "tiny"))
    }
}

extension TinyGraph {
    mutating func add(_ name: String, _ type: Int32, _ shape: [GraphDimension]) {
        inputs.append(Self.value(name, type, shape))
    }

    /// Replaces what the graph says of an input.
    mutating func replace(_ name: String, _ type: Int32, _ shape: [GraphDimension]) {
        inputs.removeAll { $0.name == name }
        add(name, type, shape)
    }

    mutating func addConstant(_ name: String, _ type: Int32, _ dimensions: [Int64]) {
        var tensor = TensorMessage()
        tensor.name = name
        tensor.dataType = type
        tensor.dims = dimensions
        constants.append(tensor)
    }

    mutating func set(_ name: String, _ value: Int) {
        var attribute = AttributeMessage()
        attribute.name = name
        attribute.type = 2
        attribute.i = Int64(value)
        node.attribute.append(attribute)
    }

    mutating func set(_ name: String, _ text: String) {
        var attribute = AttributeMessage()
        attribute.name = name
        attribute.type = 3
        attribute.s = Data(text.utf8)
        node.attribute.append(attribute)
    }

    static func value(_ name: String, _ type: Int32, _ shape: [GraphDimension]) -> ValueMessage {
        var value = ValueMessage()
        value.name = name
        value.type.tensorType.elemType = type
        value.type.tensorType.shape.dim = shape.map { dimension in
            var message = DimensionMessage()
            switch dimension {
            case .fixed(let size): message.dimValue = Int64(size)
            case .named(let name): message.dimParam = name
            case .unknown: break
            }
            return message
        }
        return value
    }
}
