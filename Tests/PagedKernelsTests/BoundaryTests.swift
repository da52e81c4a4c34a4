import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Lengths below, at and above every size that the kernels cut by: chunks of 16 keys, tiles of 64 and
/// halves of them, up to 8 rows in place and blocks of 12 rows. See also `PartTests`.
@Suite struct BoundaryTests {
    static let lengths: [AttentionCase.Length] = [
        (0, 1), (0, 2), (14, 1), (15, 1), (16, 1), (17, 1), (30, 1), (31, 1), (32, 1), (33, 1),
        (63, 1), (64, 1), (65, 1), (0, 15), (0, 16), (0, 17), (0, 31), (0, 32), (0, 33), (0, 63),
        (0, 64), (0, 65), (0, 127), (0, 129), (31, 33), (33, 31), (1, 64),
        (95, 1), (96, 1), (97, 1), (127, 1), (128, 1), (129, 1), (60, 2), (60, 3), (60, 8), (60, 9),
        (63, 12), (64, 13), (120, 24),
    ].map { .init(past: $0.0, new: $0.1) }

    @Test(arguments: ConformanceCases.kernels)
    func `Lengths around every cut agree with the reference`(_ kernel: KernelRecord) throws {
        for (heads, keyValueHeads) in [(2, 2), (4, 1)] {
            let c = AttentionCase(
                activation: kernel.activationType,
                cache: kernel.cacheType,
                heads: heads,
                keyValueHeads: keyValueHeads,
                headSize: 16,
                lengths: Self.lengths
            )
            let tensors = CaseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            try ReferenceResult(c).check(tensors, c, kernel.name)
        }
    }

    @Test(arguments: ConformanceCases.kernels)
    func `Windows around every cut agree with the reference`(_ kernel: KernelRecord) throws {
        for window in [1, 2, 15, 16, 17, 31, 32, 33, 64, 65] {
            let c = AttentionCase(
                activation: kernel.activationType,
                cache: kernel.cacheType,
                headSize: 8,
                lengths: [.init(past: 0, new: 70), .init(past: 70, new: 1)],
                window: window
            )
            let tensors = CaseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            try ReferenceResult(c).check(tensors, c, kernel.name)
        }
    }

    @Test(arguments: ConformanceCases.kernels)
    func `Every head size up to 256 agrees with the reference`(_ kernel: KernelRecord) throws {
        for headSize in stride(from: 8, through: 256, by: 8) {
            let c = AttentionCase(
                activation: kernel.activationType,
                cache: kernel.cacheType,
                heads: 5,
                keyValueHeads: 1,
                headSize: headSize,
                lengths: [.init(past: 3, new: 4), .init(past: 17, new: 1)]
            )
            let tensors = CaseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            try ReferenceResult(c).check(tensors, c, kernel.name)
        }
    }
}
