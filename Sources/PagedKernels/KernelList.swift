internal import PagedAttention
internal import PagedKernelsBaseline

#if arch(x86_64)
    internal import PagedKernelsV3
    internal import PagedKernelsV4
    internal import PagedKernelsV4BF16
#endif

/// Every kernel of this build.
public enum KernelList {
    /// All records, those that this processor cannot run included; the most capable first.
    public static let all: [KernelRecord] = modules.flatMap { instructionSet, functions in
        activations.flatMap { activation in
            caches(of: activation).map {
                KernelRecord(instructionSet, activation, $0, functions)
            }
        }
    }

    /// The records that this processor can run; the most capable first.
    public static var available: [KernelRecord] {
        all.filter { $0.instructionSet <= InstructionSet.best }
    }

    /// The reference in `Double` as a kernel, for every pair of types.
    static let references: [KernelRecord] = activations.flatMap { activation in
        caches(of: activation).map {
            KernelRecord(
                .baseline,
                activation,
                $0,
                nil,
                headSizes: .multiple(of: 8, maximum: Int(Int32.max))
            )
        }
    }

    private static let activations: [ElementType] = [.float32, .float16, .bfloat16]

    /// The activation's own type, float16 under float32, and codes.
    private static func caches(of activation: ElementType) -> [ElementType] {
        [activation] + (activation == .float32 ? [.float16] : [])
            + [.int8, .float8e4m3fn, .int4, .float4e2m1]
    }

    #if arch(x86_64)
        private static let modules = [
            (InstructionSet.avx512bf16, PagedKernelsV4BF16.Kernels.functions()),
            (InstructionSet.avx512, PagedKernelsV4.Kernels.functions()),
            (InstructionSet.avx2, PagedKernelsV3.Kernels.functions()),
            (InstructionSet.baseline, PagedKernelsBaseline.Kernels.functions()),
        ]
    #else
        private static let modules = [
            (InstructionSet.baseline, PagedKernelsBaseline.Kernels.functions())
        ]
    #endif
}
