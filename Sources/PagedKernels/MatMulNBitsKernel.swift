package import PagedAttention

/// The kernel of `MatMulNBits` for one instruction set; it serves every type of activations.
public struct MatMulNBitsKernel: Sendable, CustomStringConvertible {
    /// The instructions that it uses.
    public let instructionSet: InstructionSet
    package let functions: MatMulNBitsFunctions

    /// The name, such as `"matmulnbits.avx2"`.
    public var description: String { "matmulnbits.\(instructionSet.name)" }

    /// Every kernel of this build, those that this processor cannot run included; the most capable
    /// first.
    public static let all: [MatMulNBitsKernel] = KernelModule.all.map {
        MatMulNBitsKernel(instructionSet: $0.instructionSet, functions: $0.products)
    }

    /// The kernels that this processor can run; the most capable first.
    public static var available: [MatMulNBitsKernel] {
        all.filter { $0.instructionSet <= InstructionSet.best }
    }
}
