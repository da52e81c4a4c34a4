/// Memory on a device, until it is released.
package final class DeviceBuffer: Sendable {
    let device: CUDADevice
    /// The first byte, as tensor views and calls hold it; the host must not read or write there.
    package var pointer: UnsafeMutableRawPointer { memory.pointer }
    /// The same as the driver takes it.
    var address: UInt64 { UInt64(UInt(bitPattern: memory.pointer)) }
    package let byteCount: Int
    private let memory: Memory

    private struct Memory: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    /// Memory of unspecified content, aligned to 256 bytes.
    package init(_ device: CUDADevice, byteCount: Int) throws(CUDAError) {
        var address: UInt64 = 0
        // The driver has no memory of 0 bytes.
        let size = max(byteCount, 1)
        try device.perform { functions throws(CUDAError) in
            let code = functions.allocate(&address, size)
            try device.driver.check(code, "cuMemAlloc", "\(size) bytes")
        }
        guard let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
            throw CUDAError(.driver(2), "cuMemAlloc of \(size) bytes gave no address")
        }
        self.device = device
        memory = Memory(pointer: pointer)
        self.byteCount = byteCount
    }

    /// The driver waits for what still uses the memory.
    deinit { device.release { $0.free(address) } }

    /// Starts to copy bytes of the host, which have to stay until the stream is synchronised.
    package func copy(
        from bytes: UnsafeRawBufferPointer,
        at offset: Int = 0,
        on stream: CUDAStream
    ) throws(CUDAError) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        try requireRoom(offset + bytes.count, "cuMemcpyHtoDAsync")
        try stream.copy(.toDevice, from: base, to: pointer + offset, byteCount: bytes.count)
    }

    /// Starts to copy to bytes of the host, which have to stay until the stream is synchronised.
    package func copy(
        to bytes: UnsafeMutableRawBufferPointer,
        on stream: CUDAStream
    ) throws(CUDAError) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        try requireRoom(bytes.count, "cuMemcpyDtoHAsync")
        try stream.copy(.fromDevice, from: pointer, to: base, byteCount: bytes.count)
    }

    /// Starts to copy all of another buffer of the device.
    package func copy(from other: DeviceBuffer, on stream: CUDAStream) throws(CUDAError) {
        try requireRoom(other.byteCount, "cuMemcpyDtoDAsync")
        let count = other.byteCount
        try stream.copy(.onDevice, from: other.pointer, to: pointer, byteCount: count)
    }

    /// Starts to set all bytes.
    package func fill(_ byte: UInt8, on stream: CUDAStream) throws(CUDAError) {
        try device.perform { functions throws(CUDAError) in
            let code = functions.fill(address, byte, byteCount, stream.handle)
            try device.driver.check(code, "cuMemsetD8Async", "\(byteCount) bytes")
        }
    }

    private func requireRoom(_ count: Int, _ call: String) throws(CUDAError) {
        guard count > byteCount else { return }
        throw CUDAError(.driver(1), "\(call) of \(count) bytes with a buffer of \(byteCount)")
    }
}
