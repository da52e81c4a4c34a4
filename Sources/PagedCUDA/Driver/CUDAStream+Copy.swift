/// Between which memories bytes are copied.
package enum CopyDirection: Sendable {
    /// From the host.
    case toDevice
    /// To the host.
    case fromDevice
    /// Within the device.
    case onDevice
}

extension CUDAStream {
    /// Starts to copy bytes. Those of the host have to stay until the stream is synchronised.
    package func copy(
        _ direction: CopyDirection,
        from source: UnsafeRawPointer,
        to target: UnsafeMutableRawPointer,
        byteCount: Int
    ) throws(CUDAError) {
        guard byteCount > 0 else { return }
        let from = UInt64(UInt(bitPattern: source))
        let to = UInt64(UInt(bitPattern: target))
        try device.perform { functions throws(CUDAError) in
            let driver = device.driver
            switch direction {
            case .toDevice:
                let code = functions.copyToDevice(to, source, byteCount, handle)
                try driver.check(code, "cuMemcpyHtoDAsync", "\(byteCount) bytes")
            case .fromDevice:
                let code = functions.copyFromDevice(target, from, byteCount, handle)
                try driver.check(code, "cuMemcpyDtoHAsync", "\(byteCount) bytes")
            case .onDevice:
                let code = functions.copyOnDevice(to, from, byteCount, handle)
                try driver.check(code, "cuMemcpyDtoDAsync", "\(byteCount) bytes")
            }
        }
    }
}
