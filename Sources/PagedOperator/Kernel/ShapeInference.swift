internal import COnnxRuntime
internal import PagedAttention

/// Tells ONNX Runtime the shape of a node's attention output while it loads a model.
///
/// Without it, the rank of that output is unknown and ONNX Runtime gives up the fusions that
/// follow. The cache outputs are left alone: a node need not have them, nothing says whether it
/// does, and ONNX Runtime up to 1.24 ends the process when it is told the shape of an output that
/// is not there.
struct ShapeInference {
    let table: OnnxRuntimeTable
    let context: OpaquePointer

    /// Infers output 0 of a `PagedAttention` node.
    func run() throws(OnnxRuntimeError) {
        var inputCount = 0
        try table.check(ort_inference_input_count(table.pointer)(context, &inputCount))
        guard inputCount > 4, let query = try input(0) else { return }
        try inferOutput(query: query, isPacked: try input(1) == nil)
    }

    /// Arithmetic wraps: what a model says must not end the process, and the operator refuses it
    /// later.
    ///
    /// Unpacked: the query's shape. Packed: the query's columns without those of keys and values.
    /// A query of unknown rank is described like a scalar, which must not be passed on.
    private func inferOutput(query: OpaquePointer, isPacked: Bool) throws(OnnxRuntimeError) {
        var rank = 0
        try table.check(ort_dimension_count(table.pointer)(query, &rank))
        guard rank == 2 else { return }
        let headCount = try attribute("num_heads") ?? 0
        let valueHeadSize = try attribute("v_head_size") ?? 0
        guard isPacked || valueHeadSize > 0 else {
            try table.check(ort_set_inference_output(table.pointer)(context, 0, query))
            return
        }
        var dimensions: [Int64] = [-1, -1]
        var names: [UnsafePointer<CChar>?] = [nil, nil]
        try table.check(ort_dimensions(table.pointer)(query, &dimensions, rank))
        try table.check(ort_symbolic_dimensions(table.pointer)(query, &names, rank))
        if valueHeadSize > 0 {
            dimensions[1] = headCount &* valueHeadSize
        } else {
            guard dimensions[1] > 0 else { return }
            let columns = headCount &+ 2 &* (try attribute("kv_num_heads") ?? 0)
            // What does not divide is refused by name when the node runs; here it stays unknown.
            guard headCount > 0, columns > 0, dimensions[1] % columns == 0 else { return }
            dimensions[1] = dimensions[1] / columns &* headCount
        }
        try setOutput(like: query, dimensions: &dimensions, names: &names)
    }

    func setOutput(
        like query: OpaquePointer,
        dimensions: inout [Int64],
        names: inout [UnsafePointer<CChar>?]
    ) throws(OnnxRuntimeError) {
        var elementType: Int32 = 0
        var output: OpaquePointer?
        try table.check(ort_element_type(table.pointer)(query, &elementType))
        try table.check(ort_create_tensor_info(table.pointer)(&output))
        guard let output else { return }
        defer { ort_release_tensor_info(table.pointer)(output) }
        try table.check(ort_set_element_type(table.pointer)(output, elementType))
        try table.check(ort_set_dimensions(table.pointer)(output, dimensions, dimensions.count))
        try table.check(
            ort_set_symbolic_dimensions(table.pointer)(output, &names, names.count)
        )
        try table.check(ort_set_inference_output(table.pointer)(context, 0, output))
    }

    /// The information on an input; nil if the node does not have it or nothing is known of it.
    func input(_ index: Int) throws(OnnxRuntimeError) -> OpaquePointer? {
        var information: OpaquePointer?
        if let status = ort_inference_input(table.pointer)(context, index, &information) {
            ort_release_status(table.pointer)(status)
            return nil
        }
        guard let information else { return nil }
        // An absent optional input is described by an undefined element type.
        var elementType: Int32 = 0
        try table.check(ort_element_type(table.pointer)(information, &elementType))
        return elementType == 0 ? nil : information
    }

    func attribute(_ name: String) throws(OnnxRuntimeError) -> Int64? {
        var attribute: OpaquePointer?
        let found = ort_inference_attribute(table.pointer)(context, name, &attribute)
        if let found { ort_release_status(table.pointer)(found) }
        guard let attribute else { return nil }
        var value: Int64 = 0
        var size = 0
        try table.check(
            ort_read_attribute(table.pointer)(
                attribute,
                Int32(ORT_ATTRIBUTE_INTEGER),
                &value,
                MemoryLayout<Int64>.size,
                &size
            )
        )
        return value
    }
}
