/// A family of kernels, under the name and number that ONNX Runtime's users switch it with.
///
/// Source: the provider option `sdpa_kernel` of ONNX Runtime's CUDA provider. Its other families
/// (4, 32, 64, 128 and 256) serve no call of the operator.
public enum KernelFamily: Int, CaseIterable, Sendable {
    /// The kernels for the best instruction set of the processor.
    case flashAttention = 1
    /// The kernels that every processor of the architecture can run.
    case efficientAttention = 2
    /// The kernels that only one architecture of GPUs has: those of SM90. Nothing on processors.
    case cudnnFlashAttention = 8
    /// The reference in `Double`: slow, and as exact as it gets.
    case math = 16
    /// The kernels for the best instruction set, for steps that only decode.
    case decoderAttention = 512

    /// The name in ONNX Runtime's reports, such as `"FLASH_ATTENTION"`.
    public var name: String {
        switch self {
        case .flashAttention: "FLASH_ATTENTION"
        case .efficientAttention: "EFFICIENT_ATTENTION"
        case .cudnnFlashAttention: "CUDNN_FLASH_ATTENTION"
        case .math: "MATH"
        case .decoderAttention: "DECODER_ATTENTION"
        }
    }

    /// The environment variable that switches the family off; nil if none does.
    public var disablingVariable: String? {
        switch self {
        case .flashAttention: "ORT_DISABLE_FLASH_ATTENTION"
        case .efficientAttention: "ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION"
        case .math, .cudnnFlashAttention: nil
        case .decoderAttention: "ORT_DISABLE_DECODER_ATTENTION"
        }
    }

    /// The environment variable that switches the family on, which without it is off; nil for those that are on.
    public var enablingVariable: String? {
        self == .cudnnFlashAttention ? "ORT_ENABLE_CUDNN_FLASH_ATTENTION" : nil
    }
}
