/// One GPU, and this process's primary context on it, which other users of CUDA in the process share.
package final class CUDADevice: Sendable {
    let driver: CUDADriver
    private let number: Int32
    private let context: Context
    /// The marketing name, such as "NVIDIA H100 80GB HBM3".
    package let name: String
    /// What it can do.
    package let architecture: CUDAArchitecture
    /// How many blocks can run without waiting for each other, at the least.
    package let multiprocessorCount: Int
    /// Bytes of memory.
    package let memory: Int
    /// Bytes of shared memory that one block may ask for.
    package let sharedMemoryPerBlock: Int

    private struct Context: @unchecked Sendable {
        let handle: OpaquePointer?
    }

    // Numbers of CUdevice_attribute.
    private enum Attribute: Int32 {
        case multiprocessorCount = 16
        case capabilityMajor = 75
        case capabilityMinor = 76
        case sharedMemoryPerBlock = 97
    }

    /// A device by its place in the driver's list.
    package init(_ driver: CUDADriver, ordinal: Int = 0) throws(CUDAError) {
        let functions = driver.functions
        let count = try driver.deviceCount()
        guard (0..<count).contains(ordinal) else {
            let found = count == 0 ? "none" : "\(count), numbered from 0"
            throw CUDAError(
                .driver(100),
                "there is no GPU \(ordinal): the driver lists \(found); \(CUDAError.advice(100))"
            )
        }
        var number: Int32 = 0
        try driver.check(functions.device(&number, Int32(ordinal)), "cuDeviceGet")
        func attribute(_ attribute: Attribute) throws(CUDAError) -> Int {
            var value: Int32 = 0
            let code = functions.deviceAttribute(&value, attribute.rawValue, number)
            try driver.check(code, "cuDeviceGetAttribute", "\(attribute)")
            return Int(value)
        }
        var letters = [CChar](repeating: 0, count: 256)
        try driver.check(functions.deviceName(&letters, 255, number), "cuDeviceGetName")
        name = String(decoding: letters.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        var memory = 0
        try driver.check(functions.deviceMemory(&memory, number), "cuDeviceTotalMem")
        self.memory = memory
        architecture = CUDAArchitecture(
            major: try attribute(.capabilityMajor),
            minor: try attribute(.capabilityMinor)
        )
        multiprocessorCount = try attribute(.multiprocessorCount)
        sharedMemoryPerBlock = try attribute(.sharedMemoryPerBlock)
        var context: OpaquePointer?
        let code = functions.retainContext(&context, number)
        try driver.check(code, "cuDevicePrimaryCtxRetain", name)
        self.context = Context(handle: context)
        self.driver = driver
        self.number = number
    }

    deinit { _ = driver.functions.releaseContext(number) }

    /// Calls `body` with the device's context; the thread then has the one that it had before, because
    /// it may belong to somebody who uses another GPU.
    func perform<Result>(
        _ body: (DriverFunctions) throws(CUDAError) -> Result
    ) throws(CUDAError) -> Result {
        let functions = driver.functions
        try driver.check(functions.pushContext(context.handle), "cuCtxPushCurrent")
        defer { leave() }
        return try body(functions)
    }

    /// The same for what is given back: it has to go on whatever the driver says.
    func release(_ body: (DriverFunctions) -> Int32) {
        guard driver.functions.pushContext(context.handle) == 0 else { return }
        _ = body(driver.functions)
        leave()
    }

    private func leave() {
        var previous: OpaquePointer?
        _ = driver.functions.popContext(&previous)
    }
}

/// A generation of GPUs, by compute capability.
package struct CUDAArchitecture: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Such as 9 in 9.0.
    package let major: Int
    /// Such as 0 in 9.0.
    package let minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// As compilers number it: 90.
    package var number: Int { 10 * major + minor }

    /// As compilers name it: "sm_90".
    package var description: String { "sm_\(number)" }

    package static func < (a: CUDAArchitecture, b: CUDAArchitecture) -> Bool {
        (a.major, a.minor) < (b.major, b.minor)
    }
}
