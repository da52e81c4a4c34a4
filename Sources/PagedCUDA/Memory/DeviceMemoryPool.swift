internal import Synchronization

/// Memory of a device for tensors that come and go: what is given back serves the next one of about its size.
///
///     let memory = try pool.allocate(byteCount: 4096, for: stream)
///     pool.free(memory)  // the stream may still use it; so whoever gets it next uses it in this stream too
///
/// The host gives tensors back while the device still works on them. So memory for a stream goes to the same
/// stream again. Memory for none, and that of streams that are gone, goes to anybody, after the device was
/// waited for. Sizes are rounded up by a quarter at the most; what is larger than ``limit``, such as a cache,
/// is not rounded and not kept.
package final class DeviceMemoryPool: Sendable {
    /// The most bytes of one tensor that are kept for the next: 64 MiB.
    package static let limit = 64 << 20

    private let device: CUDADevice
    private let state = Mutex(State())

    private struct Place: Hashable {
        let byteCount: Int
        /// The stream; nil for none.
        var owner: ObjectIdentifier?
    }

    private struct Tensor {
        let buffer: DeviceBuffer
        var place: Place
    }

    private struct State {
        /// By address.
        var used: [UInt: Tensor] = [:]
        var kept: [Place: [DeviceBuffer]] = [:]

        mutating func use(_ buffer: DeviceBuffer, _ place: Place) {
            used[UInt(bitPattern: buffer.pointer)] = Tensor(buffer: buffer, place: place)
        }

        mutating func take(_ from: Place, for place: Place) -> UnsafeMutableRawPointer? {
            guard let buffer = kept[from]?.popLast() else { return nil }
            use(buffer, place)
            return buffer.pointer
        }
    }

    package init(_ device: CUDADevice) { self.device = device }

    /// Memory of unspecified content, aligned to 256 bytes.
    ///
    /// - Parameter stream: where it is used; nil if that is not known.
    package func allocate(
        byteCount: Int,
        for stream: CUDAStream?
    ) throws(CUDAError) -> UnsafeMutableRawPointer {
        let size = Self.size(byteCount)
        let place = Place(byteCount: size, owner: stream.map { ObjectIdentifier($0) })
        if stream != nil, let own = state.withLock({ $0.take(place, for: place) }) { return own }
        let anybodys = Place(byteCount: size)
        if let free = state.withLock({ $0.take(anybodys, for: place) }) {
            try device.synchronise()
            return free
        }
        let buffer = try make(size)
        state.withLock { $0.use(buffer, place) }
        return buffer.pointer
    }

    /// Takes back memory that `allocate` gave.
    package func free(_ pointer: UnsafeMutableRawPointer) {
        let unkept = state.withLock { state -> DeviceBuffer? in
            guard let tensor = state.used.removeValue(forKey: UInt(bitPattern: pointer)) else {
                return nil
            }
            guard tensor.place.byteCount <= Self.limit else { return tensor.buffer }
            state.kept[tensor.place, default: []].append(tensor.buffer)
            return nil
        }
        // Released after the lock: the driver may wait.
        withExtendedLifetime(unkept) {}
    }

    /// To be called for a stream that goes away, after it was waited for: its memory serves others.
    package func release(_ stream: CUDAStream) {
        let owner = ObjectIdentifier(stream)
        state.withLock { state in
            for (address, tensor) in state.used where tensor.place.owner == owner {
                state.used[address]?.place.owner = nil
            }
            for (place, buffers) in state.kept where place.owner == owner {
                state.kept[place] = nil
                state.kept[Place(byteCount: place.byteCount), default: []] += buffers
            }
        }
    }

    /// New memory; where there is none, what is kept for others is given back first.
    private func make(_ byteCount: Int) throws(CUDAError) -> DeviceBuffer {
        do throws(CUDAError) {
            return try DeviceBuffer(device, byteCount: byteCount)
        } catch {
            guard error.kind == .driver(2) else { throw error }
            let kept = state.withLock { state in
                defer { state.kept = [:] }
                return state.kept
            }
            guard !kept.isEmpty else { throw error }
        }
        return try DeviceBuffer(device, byteCount: byteCount)
    }

    /// A size of which few differ: 4 to 7 times a power of two, and 256 at the least.
    static func size(_ byteCount: Int) -> Int {
        guard byteCount > 1024 else { return max(256, (byteCount + 255) & ~255) }
        guard byteCount <= limit else { return byteCount }
        let unit = 1 << (Int.bitWidth - 3 - (byteCount - 1).leadingZeroBitCount)
        return (byteCount + unit - 1) & ~(unit - 1)
    }
}
