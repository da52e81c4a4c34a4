internal import CPagedProcessor

/// A set of instructions that kernels are compiled for, from the least to the most capable.
public enum InstructionSet: Int, CaseIterable, Comparable, Sendable {
    /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
    case baseline
    /// x86-64-v3: AVX2, FMA and F16C.
    case avx2
    /// x86-64-v4: AVX-512 F, BW, CD, DQ and VL.
    case avx512
    /// The same with AVX512_BF16 and AVX512_VNNI, products of pairs of bfloat16 and of integers.
    case avx512bf16

    /// The name in kernel names and reports.
    public var name: String {
        switch self {
        case .baseline: "baseline"
        case .avx2: "avx2"
        case .avx512: "avx512"
        case .avx512bf16: "avx512bf16"
        }
    }

    /// The best set that this processor and its operating system support.
    public static let best: InstructionSet =
        switch paged_processor_level() {
        case 5...: .avx512bf16
        case 4: .avx512
        case 3: .avx2
        default: .baseline
        }

    /// Orders by capability.
    public static func < (a: InstructionSet, b: InstructionSet) -> Bool {
        a.rawValue < b.rawValue
    }
}
