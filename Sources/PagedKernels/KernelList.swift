internal import PagedAttention

/// Every kernel of this build.
public enum KernelList {
    /// All records, those that this processor cannot run included; the most capable first.
    public static let all: [KernelRecord] = KernelModule.all.flatMap { module in
        activations.flatMap { activation in
            caches(of: activation).map {
                KernelRecord(module.instructionSet, activation, $0, module.attention)
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
}
