internal import PagedAttention
internal import PagedKernelsBaseline

#if arch(x86_64)
    internal import PagedKernelsV3
    internal import PagedKernelsV4
    internal import PagedKernelsV4BF16
#endif

/// The kernel sources as they are compiled for one instruction set.
struct KernelModule: Sendable {
    let instructionSet: InstructionSet
    let attention: KernelFunctions
    let products: MatMulNBitsFunctions
    let probes: ProbeFunctions

    /// Every module of this build, the most capable first.
    #if arch(x86_64)
        static let all = [
            KernelModule(
                instructionSet: .avx512bf16,
                attention: PagedKernelsV4BF16.Kernels.functions(),
                products: PagedKernelsV4BF16.Kernels.products(),
                probes: PagedKernelsV4BF16.Probes.functions()
            ),
            KernelModule(
                instructionSet: .avx512,
                attention: PagedKernelsV4.Kernels.functions(),
                products: PagedKernelsV4.Kernels.products(),
                probes: PagedKernelsV4.Probes.functions()
            ),
            KernelModule(
                instructionSet: .avx2,
                attention: PagedKernelsV3.Kernels.functions(),
                products: PagedKernelsV3.Kernels.products(),
                probes: PagedKernelsV3.Probes.functions()
            ),
            baseline,
        ]
    #else
        static let all = [baseline]
    #endif

    static let baseline = KernelModule(
        instructionSet: .baseline,
        attention: PagedKernelsBaseline.Kernels.functions(),
        products: PagedKernelsBaseline.Kernels.products(),
        probes: PagedKernelsBaseline.Probes.functions()
    )
}
