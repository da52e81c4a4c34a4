internal import COnnxRuntime
internal import PagedCUDA
internal import Synchronization

/// A GPU of the driver's list, as the provider offers it to ONNX Runtime.
///
/// Nothing is taken of the GPU before somebody uses it, and everything is given back with the last user.
final class GPU: Sendable {
    /// NVIDIA's number among vendors of PCI devices.
    static let vendor: UInt32 = 0x10de
    /// Bytes to which the driver aligns memory.
    private static let alignment = 256
    /// The key of a device's metadata under which its place in the driver's list stands.
    static let ordinalKey = "cuda_device_id"

    /// Its place in the driver's list.
    let ordinal: Int
    let properties: CUDADeviceProperties
    private let driver: CUDADriver
    private let handles: Handles
    private let opened = Mutex(Opened())

    private struct Handles: @unchecked Sendable {
        let memory: OpaquePointer
        let hardware: OpaquePointer
    }

    private struct Opened {
        weak var context: GPUContext?
    }

    init(
        _ tables: ProviderTables,
        _ driver: CUDADriver,
        ordinal: Int,
        _ properties: CUDADeviceProperties
    ) throws(OnnxRuntimeError) {
        self.driver = driver
        self.ordinal = ordinal
        self.properties = properties
        handles = Handles(
            memory: try Self.makeMemory(tables.main, ordinal),
            hardware: try Self.makeHardware(tables, ordinal)
        )
    }

    /// Where its tensors are, in ONNX Runtime's words; lives as long as the process.
    var memory: OpaquePointer { handles.memory }
    /// The device that stands for it where ONNX Runtime lists none; lives as long as the process.
    var hardware: OpaquePointer { handles.hardware }

    /// What everybody who uses the GPU shares.
    func open() throws(OnnxRuntimeError) -> GPUContext {
        let result = opened.withLock { opened -> Result<GPUContext, CUDAError> in
            if let context = opened.context { return .success(context) }
            return Result { () throws(CUDAError) in
                let context = try GPUContext(self, driver)
                opened.context = context
                return context
            }
        }
        return try asOnnxRuntime { () throws(CUDAError) in try result.get() }
    }

    /// Runs `body` and gives what the driver says the form that ONNX Runtime expects, with the device.
    func asOnnxRuntime<Value>(
        node: String? = nil,
        _ body: () throws(CUDAError) -> Value
    ) throws(OnnxRuntimeError) -> Value {
        do throws(CUDAError) {
            return try body()
        } catch {
            let place = node.map { "node '\($0)' on GPU" } ?? "GPU"
            throw OnnxRuntimeError(
                code: Int32(error.kind == .noCode ? ORT_CODE_NOT_IMPLEMENTED : ORT_CODE_FAIL),
                message: "PagedAttention: \(place) \(ordinal) (\(properties.name)): \(error)"
            )
        }
    }

    /// Like that of ONNX Runtime's own providers for GPUs of the vendor: with the same numbers tensors
    /// count as being in the same place.
    private static func makeMemory(
        _ table: OnnxRuntimeTable,
        _ ordinal: Int
    ) throws(OnnxRuntimeError) -> OpaquePointer {
        var memory: OpaquePointer?
        try table.check(
            ort_create_memory(table.pointer)(
                "PagedAttentionCUDA",
                Int32(ORT_GPU),
                vendor,
                Int32(ordinal),
                Int32(ORT_DEFAULT_MEMORY),
                alignment,
                Int32(ORT_DEVICE_ALLOCATOR),
                &memory
            )
        )
        return try present(memory, ordinal)
    }

    private static func makeHardware(
        _ tables: ProviderTables,
        _ ordinal: Int
    ) throws(OnnxRuntimeError) -> OpaquePointer {
        var hardware: OpaquePointer?
        try tables.main.check(
            ort_create_hardware(tables.provider)(
                Int32(ORT_GPU),
                vendor,
                UInt32(ordinal),
                "NVIDIA",
                nil,
                &hardware
            )
        )
        return try present(hardware, ordinal)
    }

    private static func present(
        _ handle: OpaquePointer?,
        _ ordinal: Int
    ) throws(OnnxRuntimeError) -> OpaquePointer {
        if let handle { return handle }
        throw OnnxRuntimeError(
            code: Int32(ORT_CODE_FAIL),
            message: "PagedAttention: ONNX Runtime describes no device for GPU \(ordinal)"
        )
    }
}
