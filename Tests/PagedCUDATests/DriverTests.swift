import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import Testing

/// What goes wrong in a driver, and what is said of it.
@Suite struct DriverTests {
    private static let functions = [
        "cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName",
        "cuDeviceGetAttribute", "cuDeviceTotalMem_v2", "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2", "cuModuleLoadDataEx", "cuModuleGetFunction", "cuFuncSetAttribute",
        "cuLaunchKernel", "cuMemAlloc_v2", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2",
        "cuStreamCreate", "cuStreamSynchronize",
    ]
    private static let short = AttentionCase(activation: .float16, cache: .float16, headSize: 64)

    private func run(_ machine: MockMachine) throws {
        let (c, tensors) = (Self.short, CaseTensors(Self.short))
        try tensors.run(c, on: machine.stream, machine.library)
        #expect(try ReferenceResult(c).problems(tensors, c).isEmpty)
    }

    @Test func `A missing library is a message, not a crash`() {
        let text = message { _ = try SharedLibrary.open(["libcuda-that-is-nowhere.so.1"]) }
        #expect(text.contains("libcuda-that-is-nowhere.so.1"))
        if case .failure(let error) = CUDADriver.system {
            #expect(error.description.contains("libcuda.so.1"))
        }
    }

    @Test func `A missing symbol is named`() {
        MockMachine.start()
        let text = message {
            _ = try CUDADriver { $0 == "cuLaunchKernel" ? nil : paged_mock_symbol($0) }
        }
        #expect(text == "libcuda.so.1 has no cuLaunchKernel: install a newer one")
    }

    @Test func `A machine without GPUs says so`() throws {
        MockMachine.start(devices: 0)
        let driver = try CUDADriver(MockMachine.symbols)
        #expect(try driver.deviceCount() == 0)
        let text = message { _ = try CUDADevice(driver) }
        #expect(text.contains("there is no GPU 0") && text.contains("CUDA_VISIBLE_DEVICES"))
        #expect(paged_mock_open_handles() == 0)
    }

    @Test func `A device tells what it is`() throws {
        try MockMachine.use(capability: 86) { machine in
            #expect(machine.device.name == "Emulated GPU")
            #expect("\(machine.device.architecture)" == "sm_86")
            #expect(machine.device.multiprocessorCount == 4)
            #expect(machine.device.memory == 1 << 30)
        }
    }

    @Test(arguments: functions)
    func `Every function may fail, and the next call works`(_ name: String) throws {
        let text = message { try MockMachine.use(failing: name) { try run($0) } }
        let shown = name.replacing("_v2", with: "")
        #expect(text.contains(shown) && text.contains("999"), "\(text)")
        #expect(paged_mock_open_handles() == 0, "handles are left")
        try MockMachine.use { try run($0) }
    }

    @Test func `Without memory there is advice, and the same device goes on`() throws {
        try MockMachine.use { machine in
            for calls in 0..<12 as Range<Int32> {
                paged_mock_fail("cuMemAlloc_v2", 2, calls)
                let text = message { try run(machine) }
                if text.isEmpty { continue }
                #expect(text.contains("CUDA_ERROR_OUT_OF_MEMORY (2), out of memory; free"))
            }
            paged_mock_fail("cuMemAlloc_v2", 0, 0)
            try run(machine)
        }
    }

    @Test func `A kernel that fails on the device is told when the stream is waited for`() throws {
        try MockMachine.use { machine in
            MockMachine.failKernels(after: 1)
            let text = message { try run(machine) }
            #expect(text.contains("cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED (719)"))
            #expect(text.contains("start it again"))
            try run(machine)
        }
    }

    @Test func `Copies beyond a buffer are refused`() throws {
        try MockMachine.use { machine in
            let buffer = try DeviceBuffer(machine.device, byteCount: 8)
            let bytes = [UInt8](repeating: 1, count: 9)
            let text = message {
                try bytes.withUnsafeBytes { try buffer.copy(from: $0, on: machine.stream) }
            }
            #expect(text == "cuMemcpyHtoDAsync of 9 bytes with a buffer of 8")
        }
    }
}
