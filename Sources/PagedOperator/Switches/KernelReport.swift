internal import COnnxRuntime
internal import PagedAttention
internal import PagedKernels
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Says on standard output which kernel serves a node: one line for each family, however many calls.
final class KernelReport: Sendable {
    private let schema: OperatorSchema
    private let nodeName: String
    private let activationType: ElementType
    private let reported = Atomic(0)

    init(_ schema: OperatorSchema, nodeName: String, activationType: ElementType) {
        self.schema = schema
        self.nodeName = nodeName
        self.activationType = activationType
    }

    /// Prints the line of a family that has not served this node before.
    func serve(_ family: KernelFamily, kernel: String) {
        let before = reported.bitwiseOr(family.rawValue, ordering: .relaxed).oldValue
        guard before & family.rawValue == 0 else { return }
        let line = line(family, kernel: kernel) + "\n"
        // Unbuffered: the process may write through other streams, and may not end in order.
        _ = line.withCString { write(STDOUT_FILENO, $0, line.utf8.count) }
    }

    /// The line, with the words of ONNX Runtime's own kernels.
    func line(_ family: KernelFamily, kernel: String) -> String {
        let type =
            switch activationType {
            case .float16: "fp16"
            case .bfloat16: "bf16"
            default: "fp32"
            }
        let node = nodeName.isEmpty ? "" : " Node=\(nodeName)"
        return "Operator=\(schema.name)\(node) DataType=\(type) SdpaKernel=\(family.name) "
            + "Kernel=\(kernel)"
    }
}
