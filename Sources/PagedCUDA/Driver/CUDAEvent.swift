/// A mark in a stream, for which other streams and the host may wait.
package final class CUDAEvent: Sendable {
    private let device: CUDADevice
    private let owned: Owned

    private struct Owned: @unchecked Sendable {
        let handle: OpaquePointer?
    }

    /// Without time: such marks cost less.
    private static let withoutTime: UInt32 = 2

    /// A mark that is nowhere yet: nobody waits for it.
    package init(_ device: CUDADevice) throws(CUDAError) {
        var handle: OpaquePointer?
        try device.perform { functions throws(CUDAError) in
            let code = functions.createEvent(&handle, Self.withoutTime)
            try device.driver.check(code, "cuEventCreate")
        }
        self.device = device
        owned = Owned(handle: handle)
    }

    deinit { device.release { $0.destroyEvent(owned.handle) } }

    /// Puts the mark behind everything that a stream has been given so far.
    package func record(in stream: CUDAStream) throws(CUDAError) {
        try device.perform { functions throws(CUDAError) in
            let code = functions.recordEvent(owned.handle, stream.handle)
            try device.driver.check(code, "cuEventRecord")
        }
    }

    /// Lets what a stream is given from now on, on this device or another, wait for the mark.
    package func delay(_ stream: CUDAStream) throws(CUDAError) {
        try stream.device.perform { functions throws(CUDAError) in
            let code = functions.waitForEvent(stream.handle, owned.handle, 0)
            try device.driver.check(code, "cuStreamWaitEvent")
        }
    }

    /// Waits on the host until everything before the mark is done.
    package func synchronise() throws(CUDAError) {
        try device.perform { functions throws(CUDAError) in
            let code = functions.synchroniseEvent(owned.handle)
            try device.driver.check(code, "cuEventSynchronize")
        }
    }
}
