package import PagedAttention
internal import PagedKernelsBaseline

#if arch(x86_64)
    internal import PagedKernelsV3
    internal import PagedKernelsV4
    internal import PagedKernelsV4BF16
#endif

/// The kernel of `MatMulNBits` for one instruction set; it serves every type of activations.
public struct MatMulNBitsKernel: Sendable, CustomStringConvertible {
    /// The instructions that it uses.
    public let instructionSet: InstructionSet
    package let functions: MatMulNBitsFunctions

    /// The name, such as `"matmulnbits.avx2"`.
    public var description: String { "matmulnbits.\(instructionSet.name)" }

    /// Every kernel of this build, those that this processor cannot run included; the most capable
    /// first.
    public static let all: [MatMulNBitsKernel] = modules.map {
        MatMulNBitsKernel(instructionSet: $0, functions: $1)
    }

    /// The kernels that this processor can run; the most capable first.
    public static var available: [MatMulNBitsKernel] {
        all.filter { $0.instructionSet <= InstructionSet.best }
    }

    #if arch(x86_64)
        private static let modules = [
            (InstructionSet.avx512bf16, PagedKernelsV4BF16.Kernels.products()),
            (InstructionSet.avx512, PagedKernelsV4.Kernels.products()),
            (InstructionSet.avx2, PagedKernelsV3.Kernels.products()),
            (InstructionSet.baseline, PagedKernelsBaseline.Kernels.products()),
        ]
    #else
        private static let modules = [
            (InstructionSet.baseline, PagedKernelsBaseline.Kernels.products())
        ]
    #endif
}
