internal import COnnxRuntime
internal import PagedAttention

/// A tensor as ONNX Runtime sees it: a shape over the first elements of a ``TensorBuffer``.
///
/// Keeps the buffer alive. The numbers may be changed between runs without making a new value.
package final class TensorValue {
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// The memory.
    package let buffer: TensorBuffer
    let handle: OpaquePointer
    private let library: OnnxRuntimeLibrary

    /// A tensor of the given shape at the start of `buffer`.
    ///
    /// - Throws: an error if the buffer has not room for the shape.
    package init(
        _ shape: [Int],
        in buffer: TensorBuffer,
        library: OnnxRuntimeLibrary
    ) throws(RuntimeError) {
        let count = shape.reduce(1, saturatingProduct)
        guard shape.allSatisfy({ $0 >= 0 }), count <= buffer.capacity else {
            throw RuntimeError(
                "a tensor of shape \(shape) does not fit into \(buffer.capacity) elements"
            )
        }
        let dimensions = shape.map(Int64.init)
        var created: OpaquePointer?
        try library.check(
            "tensor of shape \(shape)",
            ort_create_tensor_with_data(library.functions)(
                library.cpuMemory,
                buffer.base,
                count * buffer.elementType.byteCount,
                dimensions,
                dimensions.count,
                buffer.elementType.rawValue,
                &created
            )
        )
        guard let created else { throw RuntimeError("no tensor of shape \(shape)") }
        self.shape = shape
        self.buffer = buffer
        self.library = library
        handle = created
    }

    deinit {
        ort_release_value(library.functions)(handle)
    }
}
