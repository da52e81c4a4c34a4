internal import COnnxRuntime
internal import PagedCUDA

/// Copies tensors between the host and GPUs, and within a GPU.
final class GPUDataTransfer: Sendable {
    private let tables: ProviderTables

    private init(_ tables: ProviderTables) { self.tables = tables }

    /// A transfer, which ONNX Runtime releases.
    static func make(_ tables: ProviderTables) -> UnsafeMutablePointer<ort_data_transfer> {
        let own = UnsafeMutablePointer<paged_data_transfer>.allocate(capacity: 1)
        let object = Unmanaged.passRetained(GPUDataTransfer(tables)).toOpaque()
        own.initialize(to: paged_data_transfer(base: ort_data_transfer(), object: object))
        own.pointee.base.version = ProviderFactory.oldestVersion
        own.pointee.base.release = { own in
            own.unmanaged.release()
            own.own.deallocate()
        }
        own.pointee.base.can_copy = { own, source, target in
            let own = UnsafeMutablePointer(mutating: own)
            return own.transfer.canCopy(from: source, to: target)
        }
        own.pointee.base.copy = { own, sources, targets, streams, count in
            let transfer = own.transfer
            return transfer.tables.main.status { () throws(OnnxRuntimeError) in
                for index in 0..<count {
                    try transfer.copy(sources[index], to: targets[index], streams?[index])
                }
            }
        }
        return UnsafeMutableRawPointer(own).assumingMemoryBound(to: ort_data_transfer.self)
    }

    private func canCopy(from source: OpaquePointer, to target: OpaquePointer) -> Bool {
        do {
            let (from, to) = (
                try GPUList.find(source, tables), try GPUList.find(target, tables)
            )
            switch (from, to) {
            case (nil, nil): return false
            case (let from?, let to?): return from === to
            case (_?, nil): return ort_device_kind(tables.provider)(target) == ORT_PROCESSOR
            case (nil, _?): return ort_device_kind(tables.provider)(source) == ORT_PROCESSOR
            }
        } catch {
            return false
        }
    }

    /// Copies in a stream, if there is one, else after everything that the device was given. Copies from and
    /// to the host are waited for: the host may change or free its memory as soon as this returns.
    private func copy(
        _ source: OpaquePointer,
        to target: OpaquePointer,
        _ stream: OpaquePointer?
    ) throws(OnnxRuntimeError) {
        let from = try gpu(of: source)
        let to = try gpu(of: target)
        guard let gpu = to ?? from else { return }
        let direction: CopyDirection =
            from == nil ? .toDevice : to == nil ? .fromDevice : .onDevice
        var byteCount = 0
        try tables.main.check(ort_tensor_byte_count(tables.main.pointer)(source, &byteCount))
        guard byteCount > 0, let source = try data(of: source), let target = try data(of: target)
        else { return }
        let context = try gpu.open()
        let given = context.stream(stream.flatMap { ort_stream_handle(tables.main.pointer)($0) })
        try gpu.asOnnxRuntime { () throws(CUDAError) in
            if given == nil { try context.device.synchronise() }
            let stream = given ?? context.stream
            try stream.copy(direction, from: source, to: target, byteCount: byteCount)
            if given == nil || direction != .onDevice { try stream.synchronise() }
        }
    }

    private func gpu(of value: OpaquePointer) throws(OnnxRuntimeError) -> GPU? {
        guard let device = ort_device_of_value(tables.provider)(value) else { return nil }
        return try GPUList.find(device, tables)
    }

    private func data(of value: OpaquePointer) throws(OnnxRuntimeError) -> UnsafeMutableRawPointer?
    {
        var data: UnsafeMutableRawPointer?
        try tables.main.check(ort_tensor_data(tables.main.pointer)(value, &data))
        return data
    }
}

extension UnsafeMutablePointer<ort_data_transfer> {
    fileprivate var own: UnsafeMutablePointer<paged_data_transfer> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_data_transfer.self)
    }

    fileprivate var unmanaged: Unmanaged<GPUDataTransfer> {
        Unmanaged.fromOpaque(own.pointee.object)
    }

    fileprivate var transfer: GPUDataTransfer { unmanaged.takeUnretainedValue() }
}
