internal import COnnxRuntime
internal import PagedAttention

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The session's own thread pool, as the operator sees it: no second pool competes for processors.
struct PoolExecutor: ParallelExecutor {
    let table: OnnxRuntimeTable
    let context: OpaquePointer

    /// ONNX Runtime does not tell the size of its pool; by default it is at most this.
    var threadCount: Int { Self.processorCount }

    private static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Calls `body` with each number in `0..<count` on the pool, and returns when all are done.
    func run(count: Int, _ body: (Int) -> Void) {
        guard count > 1 else {
            if count == 1 { body(0) }
            return
        }
        let status = withoutActuallyEscaping(body) { body -> OpaquePointer? in
            withUnsafePointer(to: body) { pointer in
                let data = UnsafeMutableRawPointer(mutating: pointer)
                // A batch count of 0 lets the threads take one number after the other.
                return ort_parallel_for(table.pointer)(context, callBody, count, 0, data)
            }
        }
        guard let status else { return }
        // Refused before anything ran: ONNX Runtime reports no other failure here.
        ort_release_status(table.pointer)(status)
        SerialExecutor().run(count: count, body)
    }
}

private func callBody(_ data: UnsafeMutableRawPointer?, _ index: Int) {
    data?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
}
