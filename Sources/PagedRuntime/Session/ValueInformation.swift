internal import COnnxRuntime
package import PagedAttention

/// The name, type and shape of an input or output of a model.
package struct ValueInformation: Equatable, Sendable {
    /// The name in the graph.
    package let name: String
    /// The type of the elements; nil for types that this package never handles.
    package let elementType: ElementType?
    /// The dimensions, outermost first; nil where one is decided in each run.
    package let shape: [Int?]

    /// A value of a graph.
    package init(name: String, elementType: ElementType?, shape: [Int?]) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
    }
}

/// Reads what a session says about its inputs and outputs.
struct ValueReader {
    enum Direction {
        case input
        case output
    }

    let library: OnnxRuntimeLibrary
    let session: OpaquePointer

    func values(_ direction: Direction) throws(RuntimeError) -> [ValueInformation] {
        let functions = library.functions
        var count = 0
        switch direction {
        case .input:
            try library.check("inputs", ort_session_input_count(functions)(session, &count))
        case .output:
            try library.check("outputs", ort_session_output_count(functions)(session, &count))
        }
        var values: [ValueInformation] = []
        for index in 0..<count {
            values.append(try value(direction, index))
        }
        return values
    }

    private func value(
        _ direction: Direction,
        _ index: Int
    ) throws(RuntimeError) -> ValueInformation {
        let functions = library.functions
        let name = try name(direction, index)
        var type: OpaquePointer?
        switch direction {
        case .input:
            try library.check(name, ort_session_input_type(functions)(session, index, &type))
        case .output:
            try library.check(name, ort_session_output_type(functions)(session, index, &type))
        }
        guard let type else { throw RuntimeError("\(name) has no type") }
        defer { ort_release_type_info(functions)(type) }
        var tensor: OpaquePointer?
        try library.check(name, ort_tensor_info_of_type(functions)(type, &tensor))
        guard let tensor else {
            return ValueInformation(name: name, elementType: nil, shape: [])
        }
        var elementType: Int32 = 0
        var rank = 0
        try library.check(name, ort_element_type(functions)(tensor, &elementType))
        try library.check(name, ort_dimension_count(functions)(tensor, &rank))
        var dimensions = [Int64](repeating: -1, count: rank)
        try library.check(name, ort_dimensions(functions)(tensor, &dimensions, rank))
        return ValueInformation(
            name: name,
            elementType: ElementType(rawValue: elementType),
            shape: dimensions.map { $0 < 0 ? nil : Int($0) }
        )
    }

    private func name(_ direction: Direction, _ index: Int) throws(RuntimeError) -> String {
        let functions = library.functions
        var allocator: OpaquePointer?
        try library.check("allocator", ort_default_allocator(functions)(&allocator))
        guard let allocator else { throw RuntimeError("ONNX Runtime has no default allocator") }
        var characters: UnsafeMutablePointer<CChar>?
        switch direction {
        case .input:
            try library.check(
                "input name",
                ort_session_input_name(functions)(session, index, allocator, &characters)
            )
        case .output:
            try library.check(
                "output name",
                ort_session_output_name(functions)(session, index, allocator, &characters)
            )
        }
        guard let characters else { return "" }
        let name = String(cString: characters)
        try library.check("name", ort_free_memory(functions)(allocator, characters))
        return name
    }
}
