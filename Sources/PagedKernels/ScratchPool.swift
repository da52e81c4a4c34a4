internal import Synchronization

/// Memory that threads borrow for the duration of a call. In steady state it allocates nothing.
final class ScratchPool: Sendable {
    private struct Buffer: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
    }

    private let idle = Mutex<[Buffer]>([])

    /// Calls `body` with at least `byteCount` bytes, aligned to 64, of unspecified content.
    func withMemory<Result>(
        byteCount: Int,
        _ body: (UnsafeMutableRawPointer) -> Result
    ) -> Result {
        let buffer = take(byteCount)
        defer { idle.withLock { $0.append(buffer) } }
        return body(buffer.base)
    }

    /// The idle buffer that was used last, replaced by a larger one if it is too small.
    private func take(_ byteCount: Int) -> Buffer {
        if let buffer = idle.withLock({ $0.popLast() }) {
            if buffer.byteCount >= byteCount { return buffer }
            buffer.base.deallocate()
        }
        let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        return Buffer(base: base, byteCount: byteCount)
    }

    deinit {
        idle.withLock { buffers in
            for buffer in buffers { buffer.base.deallocate() }
        }
    }
}
