internal import COnnxRuntime
internal import PagedCUDA

/// A mark in a stream, for which ONNX Runtime lets other streams and the host wait.
final class GPUNotification: Sendable {
    private let table: OnnxRuntimeTable
    private let context: GPUContext
    private let stream: CUDAStream
    private let event: CUDAEvent

    private init(
        _ context: GPUContext,
        _ stream: CUDAStream,
        _ table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) {
        self.context = context
        self.stream = stream
        self.table = table
        event = try context.gpu.asOnnxRuntime { () throws(CUDAError) in
            try CUDAEvent(context.device)
        }
    }

    /// A notification of a stream, which ONNX Runtime releases.
    static func make(
        _ context: GPUContext,
        _ stream: CUDAStream,
        _ table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_notification> {
        let notification = try GPUNotification(context, stream, table)
        let own = UnsafeMutablePointer<paged_notification>.allocate(capacity: 1)
        let object = Unmanaged.passRetained(notification).toOpaque()
        own.initialize(to: paged_notification(base: ort_notification(), object: object))
        own.pointee.base.version = ProviderFactory.oldestVersion
        own.pointee.base.release = { own in
            own.unmanaged.release()
            own.own.deallocate()
        }
        own.pointee.base.activate = { own in
            own.notification.perform { notification throws(CUDAError) in
                try notification.event.record(in: notification.stream)
            }
        }
        own.pointee.base.wait_on_device = { own, consumer in
            own.notification.perform { notification throws(CUDAError) in
                let handle = ort_stream_handle(notification.table.pointer)(consumer)
                if let waiting = notification.context.stream(handle) {
                    try notification.event.delay(waiting)
                } else {
                    // A stream of the host, or the device's own one, which has no handle.
                    try notification.event.synchronise()
                }
            }
        }
        own.pointee.base.wait_on_host = { own in
            own.notification.perform { notification throws(CUDAError) in
                try notification.event.synchronise()
            }
        }
        return UnsafeMutableRawPointer(own).assumingMemoryBound(to: ort_notification.self)
    }

    private func perform(
        _ body: (GPUNotification) throws(CUDAError) -> Void
    ) -> OpaquePointer? {
        table.status { () throws(OnnxRuntimeError) in
            try context.gpu.asOnnxRuntime { () throws(CUDAError) in try body(self) }
        }
    }
}

extension UnsafeMutablePointer<ort_notification> {
    fileprivate var own: UnsafeMutablePointer<paged_notification> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_notification.self)
    }

    fileprivate var unmanaged: Unmanaged<GPUNotification> {
        Unmanaged.fromOpaque(own.pointee.object)
    }

    fileprivate var notification: GPUNotification { unmanaged.takeUnretainedValue() }
}
