internal import PagedKernels

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The environment variables that ONNX Runtime's users know, and nothing else reads.
enum Environment {
    /// Prints which kernel serves a node.
    static let reportVariable = "ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO"

    /// The variables that are set now, by name.
    static func read() -> [String: String] {
        let families = KernelFamily.allCases
        let names =
            families.compactMap(\.disablingVariable) + families.compactMap(\.enablingVariable)
            + [reportVariable]
        var values: [String: String] = [:]
        for name in names {
            if let value = getenv(name) { values[name] = String(cString: value) }
        }
        return values
    }
}
