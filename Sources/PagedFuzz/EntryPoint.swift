#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What libFuzzer calls with the bytes of each case. Prints a failure and aborts.
@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do throws(FuzzCase.Failure) {
        try FuzzCase(Array(UnsafeBufferPointer(start: bytes, count: count))).run()
    } catch {
        let text = Array("\(error)\n".utf8)
        _ = write(2, text, text.count)
        abort()
    }
    return 0
}
