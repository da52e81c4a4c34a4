/// Memory for the duration of a call, as the operator's pool of the same name lends it; that one needs
/// a mutex, which this program's platform lacks.
final class ScratchPool {
    /// Calls `body` with `byteCount` bytes, aligned to 64, of unspecified content.
    func withMemory<Result>(
        byteCount: Int,
        _ body: (UnsafeMutableRawPointer) -> Result
    ) -> Result {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        defer { memory.deallocate() }
        // NaN: what a kernel does not write first shows in its results.
        memory.initializeMemory(as: UInt8.self, repeating: 0xff, count: byteCount)
        return body(memory)
    }
}
