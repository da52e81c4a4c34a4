internal import PagedCUDA
internal import Synchronization

/// What the users of a GPU share: its context, kernels, memory and streams.
final class GPUContext: Sendable {
    let gpu: GPU
    let device: CUDADevice
    /// The code of kernels.
    let library: KernelLibrary
    /// The memory of tensors.
    let pool: DeviceMemoryPool
    /// For work that comes without a stream; whoever enqueues there waits.
    let stream: CUDAStream
    /// ONNX Runtime's streams by the driver's handle, under which everybody knows them.
    private let streams = Mutex<[UInt: CUDAStream]>([:])

    init(_ gpu: GPU, _ driver: CUDADriver) throws(CUDAError) {
        self.gpu = gpu
        device = try CUDADevice(driver, ordinal: gpu.ordinal)
        library = KernelLibrary(device)
        pool = DeviceMemoryPool(device)
        stream = try CUDAStream(device)
    }

    /// A stream for ONNX Runtime, until it is released.
    func makeStream() throws(CUDAError) -> CUDAStream {
        let stream = try CUDAStream(device)
        streams.withLock { $0[UInt(bitPattern: stream.handle)] = stream }
        return stream
    }

    /// The stream of a handle; nil for none. One that others have made on the device is known from its
    /// first use on.
    func stream(_ handle: UnsafeMutableRawPointer?) -> CUDAStream? {
        guard let handle else { return nil }
        return streams.withLock { streams in
            let key = UInt(bitPattern: handle)
            if let known = streams[key] { return known }
            let borrowed = CUDAStream(device, borrowing: OpaquePointer(handle))
            streams[key] = borrowed
            return borrowed
        }
    }

    /// Forgets a stream that `makeStream` made, after its work.
    func release(_ stream: CUDAStream) {
        // An error was told to those who waited for the work.
        try? stream.synchronise()
        pool.release(stream)
        streams.withLock { $0[UInt(bitPattern: stream.handle)] = nil }
    }
}
