internal import PagedAttention

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension NodeMessage {
    /// A node without attributes; an empty domain is ONNX's own.
    init(_ type: String, domain: String = "", name: String, inputs: [String], outputs: [String]) {
        opType = type
        if !domain.isEmpty { self.domain = domain }
        self.name = name
        input = inputs
        output = outputs
    }

    /// Sets an integer attribute.
    mutating func set(_ name: String, _ value: Int) {
        var message = AttributeMessage()
        message.i = Int64(value)
        set(name, .integer, message)
    }

    /// Sets a text attribute.
    mutating func set(_ name: String, _ value: String) {
        var message = AttributeMessage()
        message.s = Data(value.utf8)
        set(name, .text, message)
    }

    private mutating func set(_ name: String, _ kind: GraphNode.Kind, _ value: AttributeMessage) {
        var message = value
        message.name = name
        message.type = kind.rawValue
        attribute.removeAll { $0.name == name }
        attribute.append(message)
    }

    /// Every value that the node reads, also from inside of an `If` or a `Loop`.
    var reads: [String] {
        input.filter { !$0.isEmpty }
            + attribute.filter(\.hasG).flatMap {
                $0.g.node.flatMap(\.reads) + $0.g.output.map(\.name)
            }
    }
}

extension ValueMessage {
    /// A tensor of a graph's interface.
    init(_ name: String, type: ElementType, shape: [GraphDimension]) {
        self.name = name
        self.type.tensorType.elemType = type.rawValue
        self.type.tensorType.shape.dim = shape.map(DimensionMessage.init)
    }
}

extension DimensionMessage {
    init(_ dimension: GraphDimension) {
        switch dimension {
        case .fixed(let size): dimValue = Int64(size)
        case .named(let name): dimParam = name
        case .unknown: break
        }
    }
}

extension TensorMessage {
    /// A constant of whole numbers.
    init(_ name: String, _ numbers: [Int64]) {
        self.name = name
        dims = [Int64(numbers.count)]
        dataType = ElementType.int64.rawValue
        int64Data = numbers
    }

    /// A constant of 32-bit floats.
    init(_ name: String, _ numbers: [Float], shape: [Int]) {
        self.name = name
        dims = shape.map(Int64.init)
        dataType = ElementType.float32.rawValue
        floatData = numbers
    }
}
