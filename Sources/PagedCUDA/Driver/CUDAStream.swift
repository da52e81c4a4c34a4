internal import Synchronization

/// A queue of work on a device, with the memory that calls in it share.
package final class CUDAStream: Sendable {
    package let device: CUDADevice
    private let owned: Owned
    /// Calls in one stream follow each other, so one workspace serves all. Whoever holds it enqueues.
    private let workspace = Mutex(Workspace())

    private struct Workspace {
        var buffer: DeviceBuffer?
        /// Whether a graph has captured the buffer.
        var isCaptured = false
        /// Earlier buffers that graphs have captured.
        var captured: [DeviceBuffer] = []

        /// Lets go of the buffer, unless a graph still uses it.
        mutating func dropBuffer() {
            if isCaptured, let buffer { captured.append(buffer) }
            (buffer, isCaptured) = (nil, false)
        }
    }

    private struct Owned: @unchecked Sendable {
        let handle: OpaquePointer?
        let isOwned: Bool
    }

    /// A new stream, which waits for no other.
    package init(_ device: CUDADevice) throws(CUDAError) {
        var handle: OpaquePointer?
        try device.perform { functions throws(CUDAError) in
            try device.driver.check(functions.createStream(&handle, 1), "cuStreamCreate")
        }
        self.device = device
        owned = Owned(handle: handle, isOwned: true)
    }

    /// A stream that somebody else has made on the device's primary context, and destroys after this.
    package init(_ device: CUDADevice, borrowing handle: OpaquePointer?) {
        self.device = device
        owned = Owned(handle: handle, isOwned: false)
    }

    deinit {
        workspace.withLock { $0 = Workspace() }
        guard owned.isOwned else { return }
        device.release { $0.destroyStream(owned.handle) }
    }

    /// As the driver takes it, and as others hand it out.
    package var handle: OpaquePointer? { owned.handle }

    /// Waits until everything enqueued so far is done.
    ///
    /// - Throws: also what went wrong in work that was enqueued before.
    package func synchronise() throws(CUDAError) {
        try device.perform { functions throws(CUDAError) in
            try device.driver.check(functions.synchroniseStream(handle), "cuStreamSynchronize")
        }
    }

    /// Seconds that the device takes for what `body` enqueues, `count` times.
    package func seconds(
        _ count: Int = 1,
        _ body: () throws(CUDAError) -> Void
    ) throws(CUDAError) -> Double {
        try device.perform { functions throws(CUDAError) in
            let begin = try event(functions)
            defer { _ = functions.destroyEvent(begin) }
            let end = try event(functions)
            defer { _ = functions.destroyEvent(end) }
            let driver = device.driver
            try driver.check(functions.recordEvent(begin, handle), "cuEventRecord")
            for _ in 0..<count { try body() }
            try driver.check(functions.recordEvent(end, handle), "cuEventRecord")
            try driver.check(functions.synchroniseStream(handle), "cuStreamSynchronize")
            var milliseconds: Float = 0
            try driver.check(
                functions.elapsedTime(&milliseconds, begin, end),
                "cuEventElapsedTime"
            )
            return Double(milliseconds) / 1e3 / Double(max(count, 1))
        }
    }

    private func event(_ functions: DriverFunctions) throws(CUDAError) -> OpaquePointer? {
        var event: OpaquePointer?
        try device.driver.check(functions.createEvent(&event, 0), "cuEventCreate")
        return event
    }

    /// Calls `body`, which enqueues, with at least so many bytes on the device. Allocates only where more is
    /// needed than ever before; what a graph has captured stays as long as the stream.
    func withWorkspace(
        byteCount: Int,
        _ body: (UnsafeMutableRawPointer?) throws(CUDAError) -> Void
    ) throws(CUDAError) {
        let outcome = workspace.withLock { workspace -> CUDAError? in
            do throws(CUDAError) {
                if workspace.buffer.map({ $0.byteCount < byteCount }) ?? true {
                    workspace.dropBuffer()
                    workspace.buffer = try DeviceBuffer(device, byteCount: byteCount)
                }
                if !workspace.isCaptured { workspace.isCaptured = isBeingCaptured }
                try body(workspace.buffer?.pointer)
                return nil
            } catch {
                return error
            }
        }
        if let outcome { throw outcome }
    }

    /// Whether somebody captures what the stream is given.
    private var isBeingCaptured: Bool {
        guard let functions = try? device.driver.graphFunctions.get() else { return false }
        var status: Int32 = 0
        let code = try? device.perform { _ throws(CUDAError) in
            functions.isCapturing(handle, &status)
        }
        return code == 0 && status != 0
    }
}
