import CPagedCUDAEmulator
import PagedCUDA
import Testing

/// A machine with a GPU as the mock of the driver shows it to this thread.
struct MockMachine {
    let driver: CUDADriver
    let device: CUDADevice
    let library: KernelLibrary
    let stream: CUDAStream

    /// Every function that the mock has.
    @Sendable static func symbols(_ name: String) -> UnsafeMutableRawPointer? {
        paged_mock_symbol(name)
    }

    private init(
        _ compiler: Result<RuntimeCompiler, CUDAError>,
        _ cache: CodeCache?,
        without symbol: String?
    ) throws {
        driver = try CUDADriver { $0 == symbol ? nil : paged_mock_symbol($0) }
        device = try CUDADevice(driver)
        library = KernelLibrary(device, compiler: compiler, cache: cache)
        stream = try CUDAStream(device)
    }

    /// Forgets what was before.
    static func start(capability: Int = 90, devices: Int32 = 1, sharedMemory: Int32 = 232_448) {
        paged_mock_start(
            paged_mock_machine(
                device_count: devices,
                capability_major: Int32(capability / 10),
                capability_minor: Int32(capability % 10),
                shared_memory_per_block: sharedMemory,
                multiprocessor_count: 4
            )
        )
    }

    /// Calls `body` with a new machine, then expects that nothing is left open.
    static func use(
        capability: Int = 90,
        sharedMemory: Int32 = 232_448,
        hasCompiler: Bool = true,
        cache: CodeCache? = nil,
        failing function: String? = nil,
        without symbol: String? = nil,
        _ body: (MockMachine) throws -> Void
    ) throws {
        start(capability: capability, sharedMemory: sharedMemory)
        if let function { paged_mock_fail(function, 999, 0) }
        do {
            let compiler =
                hasCompiler
                ? Result { () throws(CUDAError) in try RuntimeCompiler(symbols) }
                : RuntimeCompiler.none
            try body(MockMachine(compiler, cache, without: symbol))
        }
        #expect(paged_mock_open_handles() == 0, "handles are left")
        #expect(paged_mock_open_bytes() == 0, "device memory is left")
    }
}

/// The description of what `body` throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

extension MockMachine {
    /// Lets a kernel fail while it runs, after so many that do not.
    static func failKernels(after calls: Int32) { paged_mock_fail("kernel", 719, calls) }
}
