internal import CPagedCUDA

/// The functions of `libcuda.so.1` that are used, as the CUDA driver API documents them.
///
/// Devices are numbers, addresses on the device 64 bits, everything else is an opaque handle; all return
/// 0 or the number of an error. Safe to share: these are addresses of code.
struct DriverFunctions: @unchecked Sendable {
    typealias Handle = OpaquePointer
    typealias Integers = UnsafeMutablePointer<Int32>
    typealias Handles = UnsafeMutablePointer<OpaquePointer?>
    typealias Pointers = UnsafeMutablePointer<UnsafeMutableRawPointer?>
    typealias Text = UnsafeMutablePointer<UnsafePointer<CChar>?>

    let initialise: @convention(c) (UInt32) -> Int32
    let driverVersion: @convention(c) (Integers) -> Int32
    let errorName: @convention(c) (Int32, Text) -> Int32
    let errorString: @convention(c) (Int32, Text) -> Int32
    let deviceCount: @convention(c) (Integers) -> Int32
    let device: @convention(c) (Integers, Int32) -> Int32
    let deviceName: @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32
    let deviceAttribute: @convention(c) (Integers, Int32, Int32) -> Int32
    let deviceMemory: @convention(c) (UnsafeMutablePointer<Int>, Int32) -> Int32
    let retainContext: @convention(c) (Handles, Int32) -> Int32
    let releaseContext: @convention(c) (Int32) -> Int32
    let pushContext: @convention(c) (Handle?) -> Int32
    let popContext: @convention(c) (Handles) -> Int32
    let synchroniseContext: @convention(c) () -> Int32
    let loadModule: @convention(c) (Handles, UnsafeRawPointer, UInt32, Integers, Pointers) -> Int32
    let unloadModule: @convention(c) (Handle?) -> Int32
    let moduleFunction: @convention(c) (Handles, Handle?, UnsafePointer<CChar>) -> Int32
    let setFunctionAttribute: @convention(c) (Handle?, Int32, Int32) -> Int32
    let launch:
        @convention(c) (
            Handle?, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, Handle?, Pointers?,
            Pointers?
        ) -> Int32
    /// Nil in drivers before CUDA 12.0.
    let encodeTensorMap: paged_cuda_encode?
    let allocate: @convention(c) (UnsafeMutablePointer<UInt64>, Int) -> Int32
    let free: @convention(c) (UInt64) -> Int32
    let copyToDevice: @convention(c) (UInt64, UnsafeRawPointer, Int, Handle?) -> Int32
    let copyFromDevice: @convention(c) (UnsafeMutableRawPointer, UInt64, Int, Handle?) -> Int32
    let copyOnDevice: @convention(c) (UInt64, UInt64, Int, Handle?) -> Int32
    let fill: @convention(c) (UInt64, UInt8, Int, Handle?) -> Int32
    let createStream: @convention(c) (Handles, UInt32) -> Int32
    let synchroniseStream: @convention(c) (Handle?) -> Int32
    let destroyStream: @convention(c) (Handle?) -> Int32
    let createEvent: @convention(c) (Handles, UInt32) -> Int32
    let recordEvent: @convention(c) (Handle?, Handle?) -> Int32
    let synchroniseEvent: @convention(c) (Handle?) -> Int32
    let waitForEvent: @convention(c) (Handle?, Handle?, UInt32) -> Int32
    let elapsedTime: @convention(c) (UnsafeMutablePointer<Float>, Handle?, Handle?) -> Int32
    let destroyEvent: @convention(c) (Handle?) -> Int32

    init(_ lookup: SymbolLookup) throws(CUDAError) {
        func find<Function>(_ name: String) throws(CUDAError) -> Function {
            try SharedLibrary.function(name, of: CUDADriver.libraryName, lookup)
        }
        initialise = try find("cuInit")
        driverVersion = try find("cuDriverGetVersion")
        errorName = try find("cuGetErrorName")
        errorString = try find("cuGetErrorString")
        deviceCount = try find("cuDeviceGetCount")
        device = try find("cuDeviceGet")
        deviceName = try find("cuDeviceGetName")
        deviceAttribute = try find("cuDeviceGetAttribute")
        deviceMemory = try find("cuDeviceTotalMem_v2")
        retainContext = try find("cuDevicePrimaryCtxRetain")
        releaseContext = try find("cuDevicePrimaryCtxRelease_v2")
        pushContext = try find("cuCtxPushCurrent_v2")
        popContext = try find("cuCtxPopCurrent_v2")
        synchroniseContext = try find("cuCtxSynchronize")
        loadModule = try find("cuModuleLoadDataEx")
        unloadModule = try find("cuModuleUnload")
        moduleFunction = try find("cuModuleGetFunction")
        setFunctionAttribute = try find("cuFuncSetAttribute")
        launch = try find("cuLaunchKernel")
        encodeTensorMap = lookup("cuTensorMapEncodeTiled").map {
            unsafeBitCast($0, to: paged_cuda_encode.self)
        }
        allocate = try find("cuMemAlloc_v2")
        free = try find("cuMemFree_v2")
        copyToDevice = try find("cuMemcpyHtoDAsync_v2")
        copyFromDevice = try find("cuMemcpyDtoHAsync_v2")
        copyOnDevice = try find("cuMemcpyDtoDAsync_v2")
        fill = try find("cuMemsetD8Async")
        createStream = try find("cuStreamCreate")
        synchroniseStream = try find("cuStreamSynchronize")
        destroyStream = try find("cuStreamDestroy_v2")
        createEvent = try find("cuEventCreate")
        recordEvent = try find("cuEventRecord")
        synchroniseEvent = try find("cuEventSynchronize")
        waitForEvent = try find("cuStreamWaitEvent")
        elapsedTime = try find("cuEventElapsedTime")
        destroyEvent = try find("cuEventDestroy_v2")
    }
}
