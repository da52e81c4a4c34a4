internal import PagedAttention
internal import PagedKernelsBaseline

#if arch(x86_64)
    internal import PagedKernelsV3
    internal import PagedKernelsV4
#endif

/// Every kernel of this build.
public enum KernelList {
    /// All records, those that this processor cannot run included; the most capable first.
    public static let all: [KernelRecord] =
        x86 + [
            KernelRecord(
                .baseline,
                .float32,
                .float32,
                PagedKernelsBaseline.Kernels.float32()
            ),
            KernelRecord(
                .baseline,
                .float32,
                .float16,
                PagedKernelsBaseline.Kernels.float32WithFloat16Cache()
            ),
            KernelRecord(
                .baseline,
                .float16,
                .float16,
                PagedKernelsBaseline.Kernels.float16()
            ),
            KernelRecord(
                .baseline,
                .bfloat16,
                .bfloat16,
                PagedKernelsBaseline.Kernels.bfloat16()
            ),
        ]

    /// The records that this processor can run; the most capable first.
    public static var available: [KernelRecord] {
        all.filter { $0.instructionSet <= InstructionSet.best }
    }

    #if arch(x86_64)
        private static let x86: [KernelRecord] = [
            KernelRecord(.avx512, .float32, .float32, PagedKernelsV4.Kernels.float32()),
            KernelRecord(
                .avx512,
                .float32,
                .float16,
                PagedKernelsV4.Kernels.float32WithFloat16Cache()
            ),
            KernelRecord(.avx512, .float16, .float16, PagedKernelsV4.Kernels.float16()),
            KernelRecord(.avx512, .bfloat16, .bfloat16, PagedKernelsV4.Kernels.bfloat16()),
            KernelRecord(.avx2, .float32, .float32, PagedKernelsV3.Kernels.float32()),
            KernelRecord(
                .avx2,
                .float32,
                .float16,
                PagedKernelsV3.Kernels.float32WithFloat16Cache()
            ),
            KernelRecord(.avx2, .float16, .float16, PagedKernelsV3.Kernels.float16()),
            KernelRecord(.avx2, .bfloat16, .bfloat16, PagedKernelsV3.Kernels.bfloat16()),
        ]
    #else
        private static let x86: [KernelRecord] = []
    #endif
}
