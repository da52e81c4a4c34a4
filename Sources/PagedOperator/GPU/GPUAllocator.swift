internal import COnnxRuntime
internal import PagedCUDA
internal import Synchronization

/// Gives ONNX Runtime memory of a GPU, which it takes into use with the first tensor.
final class GPUAllocator: Sendable {
    private let gpu: GPU
    private let table: OnnxRuntimeTable
    private let logger: Logger
    private let context = Mutex<GPUContext?>(nil)

    private struct Logger: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private init(_ gpu: GPU, _ table: OnnxRuntimeTable, _ logger: OpaquePointer?) {
        self.gpu = gpu
        self.table = table
        self.logger = Logger(pointer: logger)
    }

    /// An allocator, until ``release(_:)``.
    static func make(
        _ gpu: GPU,
        _ table: OnnxRuntimeTable,
        _ logger: OpaquePointer?
    ) -> UnsafeMutablePointer<ort_device_allocator> {
        let own = UnsafeMutablePointer<paged_device_allocator>.allocate(capacity: 1)
        let object = Unmanaged.passRetained(GPUAllocator(gpu, table, logger)).toOpaque()
        own.initialize(to: paged_device_allocator(base: ort_device_allocator(), object: object))
        own.pointee.base.version = ProviderFactory.oldestVersion
        own.pointee.base.allocate = { $0.allocator.allocate($1, nil) }
        own.pointee.base.reserve = { $0.allocator.allocate($1, nil) }
        own.pointee.base.allocate_for_stream = { $0.allocator.allocate($1, $2) }
        own.pointee.base.free = { own, memory in
            if let memory { own.allocator.free(memory) }
        }
        own.pointee.base.memory = { UnsafeMutablePointer(mutating: $0).allocator.gpu.memory }
        return UnsafeMutableRawPointer(own).assumingMemoryBound(to: ort_device_allocator.self)
    }

    /// Frees an allocator that `make` made.
    static func release(_ allocator: UnsafeMutablePointer<ort_device_allocator>) {
        Unmanaged<GPUAllocator>.fromOpaque(allocator.own.pointee.object).release()
        allocator.own.deallocate()
    }

    /// Null where there is none: ONNX Runtime fails then, and its log has what the driver says.
    private func allocate(
        _ byteCount: Int,
        _ stream: OpaquePointer?
    ) -> UnsafeMutableRawPointer? {
        do throws(OnnxRuntimeError) {
            let context = try opened()
            let handle = stream.flatMap { ort_stream_handle(table.pointer)($0) }
            return try gpu.asOnnxRuntime { () throws(CUDAError) in
                try context.pool.allocate(byteCount: byteCount, for: context.stream(handle))
            }
        } catch {
            if let logger = logger.pointer {
                table.log(error.message, ORT_SEVERITY_ERROR, to: logger)
            }
            return nil
        }
    }

    private func free(_ memory: UnsafeMutableRawPointer) {
        context.withLock { $0 }?.pool.free(memory)
    }

    private func opened() throws(OnnxRuntimeError) -> GPUContext {
        let result = context.withLock { context -> Result<GPUContext, OnnxRuntimeError> in
            if let context { return .success(context) }
            return Result { () throws(OnnxRuntimeError) in
                let opened = try gpu.open()
                context = opened
                return opened
            }
        }
        return try result.get()
    }
}

extension UnsafeMutablePointer<ort_device_allocator> {
    fileprivate var own: UnsafeMutablePointer<paged_device_allocator> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_device_allocator.self)
    }

    fileprivate var allocator: GPUAllocator {
        Unmanaged.fromOpaque(own.pointee.object).takeUnretainedValue()
    }
}
