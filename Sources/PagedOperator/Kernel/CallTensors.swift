internal import COnnxRuntime
internal import PagedAttention

/// The tensors of one call of a node, as borrowed views. Allocates nothing on ONNX Runtime 1.24 or
/// newer.
struct CallTensors {
    let table: OnnxRuntimeTable
    let context: OpaquePointer
    /// What messages call the operator.
    private let name: StaticString
    private let inputCount: Int
    private let outputCount: Int

    init(
        table: OnnxRuntimeTable,
        context: OpaquePointer,
        name: StaticString = OperatorSchema.paged.name
    ) throws(OnnxRuntimeError) {
        var inputCount = 0
        var outputCount = 0
        try table.check(ort_kernel_input_count(table.pointer)(context, &inputCount))
        try table.check(ort_kernel_output_count(table.pointer)(context, &outputCount))
        self.table = table
        self.context = context
        self.name = name
        self.inputCount = inputCount
        self.outputCount = outputCount
    }

    /// The inputs of `PagedAttention`, in the order of its schema.
    func inputs() throws(OnnxRuntimeError) -> AttentionInputs {
        var inputs = AttentionInputs(
            query: try required(0, "query"),
            key: try input(1),
            value: try input(2),
            keyCache: try required(3, "key_cache"),
            valueCache: try input(4),
            cumulativeSequenceLengths: try required(5, "cumulative_sequence_length"),
            pastSequenceLengths: try required(6, "past_seqlens"),
            blockTable: try required(7, "block_table")
        )
        inputs.cosineCache = try input(8)
        inputs.sineCache = try input(9)
        inputs.slotMapping = try input(10)
        inputs.headSink = try input(11)
        inputs.queryNormWeight = try input(12)
        inputs.keyNormWeight = try input(13)
        inputs.keyScale = try input(14)
        inputs.valueScale = try input(15)
        inputs.attentionMetadata = try input(16)
        return inputs
    }

    /// The inputs of `SparsePagedAttention`, in the order of its schema.
    func sparseInputs() throws(OnnxRuntimeError) -> SparseInputs {
        var attention = AttentionInputs(
            query: try required(0, "query"),
            key: try input(1),
            value: try input(2),
            keyCache: try required(3, "key_cache"),
            valueCache: try required(4, "value_cache"),
            cumulativeSequenceLengths: try required(5, "cumulative_sequence_length"),
            pastSequenceLengths: try required(6, "past_seqlens"),
            blockTable: try required(7, "block_table")
        )
        attention.slotMapping = try input(8)
        attention.cosineCache = try input(14)
        attention.sineCache = try input(15)
        attention.headSink = try input(16)
        attention.queryNormWeight = try input(17)
        attention.keyNormWeight = try input(18)
        attention.keyScale = try input(19)
        attention.valueScale = try input(20)
        var inputs = SparseInputs(
            attention: attention,
            selectedIndices: try required(9, "selected_indices"),
            selectedCounts: try required(10, "selected_counts")
        )
        inputs.auxiliaryKey = try input(11)
        inputs.auxiliaryValue = try input(12)
        inputs.auxiliaryLengths = try input(13)
        inputs.metadata = try input(21)
        return inputs
    }

    /// The inputs of `MatMulNBits`, in the order of its schema.
    func productInputs() throws(OnnxRuntimeError) -> MatMulNBitsInputs {
        guard try input(4) == nil else {
            throw OnnxRuntimeError(
                .notImplemented(
                    "\(name): input 4 'g_idx' is not served; leave the node to com.microsoft"
                )
            )
        }
        return MatMulNBitsInputs(
            a: try required(0, "A"),
            codes: try required(1, "B"),
            scales: try required(2, "scales"),
            zeroPoints: try input(3),
            bias: try input(5)
        )
    }

    /// An output of the given shape; nil if the node does not have it.
    func output(_ index: Int, shape: TensorShape) throws(OnnxRuntimeError) -> TensorView? {
        guard index < outputCount else { return nil }
        var dimensions = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]), Int64(shape[3]))
        var value: OpaquePointer?
        let status = withUnsafeBytes(of: &dimensions) { bytes -> OpaquePointer? in
            guard let start = bytes.assumingMemoryBound(to: Int64.self).baseAddress else {
                return nil
            }
            return ort_kernel_output(table.pointer)(context, index, start, shape.rank, &value)
        }
        try table.check(status)
        guard let value else { return nil }
        return try view(of: value)
    }

    private func required(_ index: Int, _ name: String) throws(OnnxRuntimeError) -> TensorView {
        guard let view = try input(index) else {
            throw OnnxRuntimeError(
                .invalidArgument("\(self.name): input \(index) '\(name)' is missing")
            )
        }
        return view
    }

    private func input(_ index: Int) throws(OnnxRuntimeError) -> TensorView? {
        guard index < inputCount else { return nil }
        var value: OpaquePointer?
        try table.check(ort_kernel_input(table.pointer)(context, index, &value))
        guard let value else { return nil }
        return try view(of: value)
    }

    private func view(of value: OpaquePointer) throws(OnnxRuntimeError) -> TensorView {
        var data: UnsafeMutableRawPointer?
        try table.check(ort_tensor_data(table.pointer)(value, &data))
        let (type, shape) = table.version >= 24 ? try description(of: value) : try copy(of: value)
        guard let elementType = ElementType(rawValue: type) else {
            throw OnnxRuntimeError(
                .invalidArgument("\(name): tensors of ONNX type \(type) are not known")
            )
        }
        let base = data ?? UnsafeMutableRawPointer(bitPattern: 64)
        guard let base else {
            throw OnnxRuntimeError(.invalidArgument("\(name): a tensor has no memory"))
        }
        return TensorView(base: base, elementType: elementType, shape: shape)
    }

    /// Since ONNX Runtime 1.24.
    private func description(
        of value: OpaquePointer
    ) throws(OnnxRuntimeError) -> (Int32, TensorShape) {
        var type: Int32 = 0
        var dimensions: UnsafePointer<Int64>?
        var rank = 0
        try table.check(
            ort_tensor_type_and_shape(table.pointer)(value, &type, &dimensions, &rank)
        )
        return (type, shape(rank: rank, UnsafeBufferPointer(start: dimensions, count: rank)))
    }

    private func copy(of value: OpaquePointer) throws(OnnxRuntimeError) -> (Int32, TensorShape) {
        var information: OpaquePointer?
        try table.check(ort_tensor_info_of_value(table.pointer)(value, &information))
        guard let information else { return (0, TensorShape()) }
        defer { ort_release_tensor_info(table.pointer)(information) }
        var type: Int32 = 0
        var rank = 0
        try table.check(ort_element_type(table.pointer)(information, &type))
        try table.check(ort_dimension_count(table.pointer)(information, &rank))
        var dimensions = [Int64](repeating: 1, count: rank)
        try table.check(ort_dimensions(table.pointer)(information, &dimensions, rank))
        return (type, dimensions.withUnsafeBufferPointer { shape(rank: rank, $0) })
    }

    private func shape(rank: Int, _ dimensions: UnsafeBufferPointer<Int64>) -> TensorShape {
        func dimension(_ axis: Int) -> Int {
            axis < dimensions.count ? Int(dimensions[axis]) : 1
        }
        return TensorShape(rank: rank, dimension(0), dimension(1), dimension(2), dimension(3))
    }
}
