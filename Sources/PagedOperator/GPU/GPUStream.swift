internal import COnnxRuntime
internal import PagedCUDA

/// A stream that a session or a user of ONNX Runtime has on a GPU.
final class GPUStream: Sendable {
    private let table: OnnxRuntimeTable
    private let context: GPUContext
    private let stream: CUDAStream

    private init(_ gpu: GPU, _ table: OnnxRuntimeTable) throws(OnnxRuntimeError) {
        let context = try gpu.open()
        self.context = context
        self.table = table
        stream = try gpu.asOnnxRuntime { () throws(CUDAError) in try context.makeStream() }
    }

    deinit { context.release(stream) }

    /// A stream, which ONNX Runtime releases.
    static func make(
        _ gpu: GPU,
        _ table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_stream_description> {
        let object = Unmanaged.passRetained(try GPUStream(gpu, table)).toOpaque()
        let own = UnsafeMutablePointer<paged_stream>.allocate(capacity: 1)
        own.initialize(to: paged_stream(base: ort_stream_description(), object: object))
        own.pointee.base.version = ProviderFactory.oldestVersion
        own.pointee.base.release = { own in
            own.unmanaged.release()
            own.own.deallocate()
        }
        own.pointee.base.handle = { own in
            UnsafeMutableRawPointer(own.stream.stream.handle)
        }
        own.pointee.base.create_notification = { own, out in
            let stream = own.stream
            return stream.table.status { () throws(OnnxRuntimeError) in
                out.pointee = try GPUNotification.make(stream.context, stream.stream, stream.table)
            }
        }
        own.pointee.base.flush = { own in
            let stream = own.stream
            return stream.table.status { () throws(OnnxRuntimeError) in
                try stream.context.gpu.asOnnxRuntime { () throws(CUDAError) in
                    try stream.stream.synchronise()
                }
            }
        }
        own.pointee.base.end_run = { _ in nil }
        return UnsafeMutableRawPointer(own).assumingMemoryBound(to: ort_stream_description.self)
    }
}

extension UnsafeMutablePointer<ort_stream_description> {
    fileprivate var own: UnsafeMutablePointer<paged_stream> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_stream.self)
    }

    fileprivate var unmanaged: Unmanaged<GPUStream> { Unmanaged.fromOpaque(own.pointee.object) }

    fileprivate var stream: GPUStream { unmanaged.takeUnretainedValue() }
}
