/// One GPU, and this process's primary context on it, which other users of CUDA in the process share.
package final class CUDADevice: Sendable {
    let driver: CUDADriver
    private let properties: CUDADeviceProperties
    private let context: Context

    /// The marketing name, such as "NVIDIA H100 80GB HBM3".
    package var name: String { properties.name }
    /// What it can do.
    package var architecture: CUDAArchitecture { properties.architecture }
    /// How many blocks can run without waiting for each other, at the least.
    package var multiprocessorCount: Int { properties.multiprocessorCount }
    /// Bytes of memory.
    package var memory: Int { properties.memory }
    /// Bytes of shared memory that one block may ask for.
    package var sharedMemoryPerBlock: Int { properties.sharedMemoryPerBlock }

    private struct Context: @unchecked Sendable {
        let handle: OpaquePointer?
    }

    /// A device by its place in the driver's list.
    package init(_ driver: CUDADriver, ordinal: Int = 0) throws(CUDAError) {
        properties = try CUDADeviceProperties(driver, ordinal: ordinal)
        var context: OpaquePointer?
        let code = driver.functions.retainContext(&context, properties.number)
        try driver.check(code, "cuDevicePrimaryCtxRetain", properties.name)
        self.context = Context(handle: context)
        self.driver = driver
    }

    deinit { _ = driver.functions.releaseContext(properties.number) }

    /// Waits until everything that this process has enqueued on the device is done.
    package func synchronise() throws(CUDAError) {
        try perform { functions throws(CUDAError) in
            try driver.check(functions.synchroniseContext(), "cuCtxSynchronize")
        }
    }

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
