internal import COnnxRuntime
internal import PagedCUDA

/// A copy between the host and a GPU that ONNX Runtime has put into a graph, where a node on the other side
/// makes or takes a tensor.
final class CopyKernel: NodeKernel {
    /// Which way, with the operator's name in ONNX Runtime.
    enum Form: Sendable, CaseIterable {
        case fromHost
        case toHost

        var name: StaticString {
            switch self {
            case .fromHost: "MemcpyFromHost"
            case .toHost: "MemcpyToHost"
            }
        }
    }

    let table: OnnxRuntimeTable
    private let form: Form
    private let context: GPUContext

    init(_ table: OnnxRuntimeTable, _ form: Form, _ context: GPUContext) {
        self.table = table
        self.form = form
        self.context = context
    }

    /// Copies in the run's stream and waits for it: the host's side may be changed or freed next.
    func compute(_ call: OpaquePointer) throws(OnnxRuntimeError) {
        var source: OpaquePointer?
        try table.check(ort_kernel_input(table.pointer)(call, 0, &source))
        guard let source else { return }
        var (type, rank): (Int32, Int) = (0, 0)
        var dimensions: UnsafePointer<Int64>?
        try table.check(
            ort_tensor_type_and_shape(table.pointer)(source, &type, &dimensions, &rank)
        )
        var target: OpaquePointer?
        try table.check(
            ort_kernel_output(table.pointer)(call, 0, dimensions, rank, &target)
        )
        guard let target else { return }
        var byteCount = 0
        try table.check(ort_tensor_byte_count(table.pointer)(source, &byteCount))
        guard let from = try data(of: source), let to = try data(of: target) else { return }
        var handle: UnsafeMutableRawPointer?
        try table.check(ort_kernel_stream(table.pointer)(call, &handle))
        let stream = context.stream(handle) ?? context.stream
        try context.gpu.asOnnxRuntime { () throws(CUDAError) in
            let direction: CopyDirection = form == .fromHost ? .toDevice : .fromDevice
            try stream.copy(direction, from: from, to: to, byteCount: byteCount)
            try stream.synchronise()
        }
    }

    private func data(of value: OpaquePointer) throws(OnnxRuntimeError) -> UnsafeMutableRawPointer?
    {
        var data: UnsafeMutableRawPointer?
        try table.check(ort_tensor_data(table.pointer)(value, &data))
        return data
    }
}
