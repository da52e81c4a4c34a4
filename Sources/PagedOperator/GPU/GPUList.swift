internal import COnnxRuntime
internal import PagedCUDA
internal import Synchronization

/// The GPUs of this machine that have kernels.
enum GPUList {
    /// The oldest GPUs for which there are kernels.
    private static let oldest = CUDAArchitecture(major: 6, minor: 0)

    /// The GPUs for a loaded ONNX Runtime; none without a driver. Made once and never freed, as sessions
    /// and tensors refer to them.
    static func list(for tables: ProviderTables) throws(OnnxRuntimeError) -> [GPU] {
        let result = made.withLock { made -> Result<[GPU], OnnxRuntimeError> in
            if let known = made[tables.main.pointer] { return .success(known) }
            return Result { () throws(OnnxRuntimeError) in
                let list = try make(tables)
                made[tables.main.pointer] = list
                return list
            }
        }
        return try result.get()
    }

    /// The GPU whose memory that is; nil for any other.
    static func find(
        _ device: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) -> GPU? {
        let provider = tables.provider
        guard ort_device_kind(provider)(device) == ORT_GPU,
            ort_device_vendor(provider)(device) == GPU.vendor
        else { return nil }
        let number = Int(ort_device_number(provider)(device))
        return try list(for: tables).first { $0.ordinal == number }
    }

    /// A driver or a GPU that cannot be used is left out: `paged inspect --kernels` says why.
    private static func make(_ tables: ProviderTables) throws(OnnxRuntimeError) -> [GPU] {
        guard let driver = try? CUDADriver.system.get(), let count = try? driver.deviceCount()
        else { return [] }
        var list: [GPU] = []
        for ordinal in 0..<count {
            guard let properties = try? CUDADeviceProperties(driver, ordinal: ordinal),
                oldest <= properties.architecture
            else { continue }
            list.append(try GPU(tables, driver, ordinal: ordinal, properties))
        }
        return list
    }

    private static let made = Mutex<[UnsafePointer<ort_table>: [GPU]]>([:])
}
