/// A kernel that the provider registers.
enum RegisteredKernel: Sendable {
    /// An operator on the processor.
    case attention(OperatorSchema)
    /// `PagedAttention` on a GPU.
    case attentionOnGPU
    /// A copy that ONNX Runtime puts between nodes on the host and on a GPU.
    case copy(CopyKernel.Form)

    static let onProcessor = OperatorSchema.allCases.map { RegisteredKernel.attention($0) }
    static let onGPU = [attentionOnGPU] + CopyKernel.Form.allCases.map { RegisteredKernel.copy($0) }

    /// The operator's name.
    var name: StaticString {
        switch self {
        case .attention(let schema): schema.name
        case .attentionOnGPU: OperatorSchema.paged.name
        case .copy(let form): form.name
        }
    }

    /// The operator's domain; empty for ONNX's own.
    var domain: StaticString { isAttention ? "com.microsoft" : "" }

    var isAttention: Bool {
        if case .copy = self { false } else { true }
    }

    /// The input that lies on the host although the others are on a GPU: `PagedAttention`'s metadata.
    var hostInput: Int? {
        switch self {
        case .attention: nil
        case .attentionOnGPU: 16
        case .copy(let form): form == .fromHost ? 0 : nil
        }
    }

    /// The output that lies on the host although the others are on a GPU.
    var hostOutput: Int? {
        if case .copy(.toHost) = self { 0 } else { nil }
    }
}
