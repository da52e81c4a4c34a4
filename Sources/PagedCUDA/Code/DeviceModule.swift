/// Code that a device has loaded.
final class DeviceModule: @unchecked Sendable {
    private let device: CUDADevice
    private let handle: OpaquePointer?

    // Numbers of CUjit_option and CUfunction_attribute.
    private static let errorLog: Int32 = 5
    private static let errorLogSize: Int32 = 6
    private static let dynamicSharedMemory: Int32 = 8

    /// Loads machine code, or PTX that ends with a zero byte, which the driver compiles.
    init(_ device: CUDADevice, _ code: UnsafeRawBufferPointer, name: String) throws(CUDAError) {
        guard let base = code.baseAddress else {
            throw CUDAError(.noCode, "\(name) has no code")
        }
        var handle: OpaquePointer?
        var log = [CChar](repeating: 0, count: 4096)
        try device.perform { functions throws(CUDAError) in
            let result = log.withUnsafeMutableBytes { bytes in
                var options = [Self.errorLog, Self.errorLogSize]
                var values = [
                    bytes.baseAddress, UnsafeMutableRawPointer(bitPattern: bytes.count),
                ]
                return functions.loadModule(&handle, base, 2, &options, &values)
            }
            let words = String(
                decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                as: UTF8.self
            )
            try device.driver.check(
                result,
                "cuModuleLoadDataEx",
                words.isEmpty ? name : "\(name) (\(words))"
            )
        }
        self.device = device
        self.handle = handle
    }

    deinit { device.release { $0.unloadModule(handle) } }

    /// A kernel of the module, which may use all the shared memory that a block can have.
    func function(_ name: String) throws(CUDAError) -> DeviceFunction {
        var function: OpaquePointer?
        try device.perform { functions throws(CUDAError) in
            let driver = device.driver
            let found = functions.moduleFunction(&function, handle, name)
            try driver.check(found, "cuModuleGetFunction", name)
            let bytes = Int32(clamping: device.sharedMemoryPerBlock)
            let set = functions.setFunctionAttribute(function, Self.dynamicSharedMemory, bytes)
            try driver.check(set, "cuFuncSetAttribute", name)
        }
        return DeviceFunction(module: self, handle: function)
    }
}

/// A kernel that can be launched.
struct DeviceFunction: @unchecked Sendable {
    /// Keeps the code.
    let module: DeviceModule
    let handle: OpaquePointer?
}
