package import PagedAttention

/// What a graph says of a value: an input, an output, a constant or something between two nodes.
package struct GraphValue: Equatable, Sendable {
    /// The name by which nodes refer to it.
    package let name: String
    /// The number of the element type in ONNX's `TensorProto.DataType`; 0 if the graph does not say.
    package let typeNumber: Int32
    /// The dimensions, outermost first; nil if the graph does not say how many there are.
    package let shape: [GraphDimension]?

    /// A value of a graph.
    package init(name: String, typeNumber: Int32, shape: [GraphDimension]?) {
        self.name = name
        self.typeNumber = typeNumber
        self.shape = shape
    }

    /// The type of the elements; nil for types that the operator never handles.
    package var elementType: ElementType? { ElementType(rawValue: typeNumber) }

    /// The name of the element type, such as `"float16"`; nil if the graph does not say.
    package var typeName: String? {
        if let elementType { return elementType.name }
        return switch typeNumber {
        case 0: nil
        case 8: "string"
        case 9: "bool"
        case 11: "float64"
        case 21: "uint4"
        case 22: "int4"
        default: "ONNX type \(typeNumber)"
        }
    }

    /// The size along an axis; nil where the graph does not fix it.
    package func size(_ axis: Int) -> Int? {
        guard let shape, shape.indices.contains(axis) else { return nil }
        return shape[axis].size
    }
}

/// One dimension of a value.
package enum GraphDimension: Equatable, Sendable, CustomStringConvertible {
    /// A number.
    case fixed(Int)
    /// A name that stands for the same number wherever the graph uses it.
    case named(String)
    /// Anything.
    case unknown

    /// The number, if it is one.
    package var size: Int? {
        if case .fixed(let size) = self { size } else { nil }
    }

    /// The number, the name or `?`.
    package var description: String {
        switch self {
        case .fixed(let size): "\(size)"
        case .named(let name): name
        case .unknown: "?"
        }
    }
}

extension GraphValue {
    /// A graph's input or output, or a value between two nodes.
    init(_ message: ValueMessage) {
        let type = message.type.tensorType
        self.init(
            name: message.name,
            typeNumber: type.elemType,
            shape: type.hasShape ? type.shape.dim.map(GraphDimension.init) : nil
        )
    }

    /// A constant.
    init(_ message: TensorMessage) {
        self.init(
            name: message.name,
            typeNumber: message.dataType,
            shape: message.dims.map(GraphDimension.init)
        )
    }
}

extension GraphDimension {
    fileprivate init(_ message: DimensionMessage) {
        switch message.value {
        case .dimValue(let size): self.init(size)
        case .dimParam(let name): self = name.isEmpty ? .unknown : .named(name)
        case nil: self = .unknown
        }
    }

    /// Exporters write -1 for a size that they do not know.
    fileprivate init(_ size: Int64) {
        self = size < 0 ? .unknown : .fixed(Int(size))
    }
}
