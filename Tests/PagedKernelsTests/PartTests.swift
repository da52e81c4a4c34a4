import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Sequences of several parts: positions around multiples of 1024, where a row's softmax begins anew
/// and where a call may be split between threads.
@Suite struct PartTests {
    static let kernels = ConformanceCases.kernels

    private func variants(_ kernel: KernelRecord) -> [AttentionCase] {
        LongCases.parts.map { c in
            c.with {
                $0.activation = kernel.activationType
                $0.cache = kernel.cacheType
            }
        }
    }

    @Test(arguments: kernels)
    func `Several parts agree with the reference`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let tensors = CaseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            try ReferenceResult(c).check(tensors, c, kernel.name)
        }
    }

    @Test(arguments: kernels)
    func `How many threads share the parts changes no bit`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let alone = try CaseTensors(c).run(c, kernel.instructionSet)
            for threadCount in [2, 3, 64, 1000] {
                let executor = ConcurrentExecutor(threadCount: threadCount)
                let shared = try CaseTensors(c).run(c, kernel.instructionSet, executor: executor)
                #expect(shared.matches(alone), "\(kernel.name), \(threadCount) threads, \(c)")
            }
        }
    }

    @Test(arguments: kernels)
    func `Tokens before, at and after a part's end are the same bits in any call`(
        _ kernel: KernelRecord
    ) throws {
        let base = AttentionCase(
            activation: kernel.activationType,
            cache: kernel.cacheType,
            headSize: 8,
            lengths: [.init(past: 1000, new: 50)]
        )
        for c in [base, base.with { $0.window = 60 }] {
            let whole = try CaseTensors(c).run(c, kernel.instructionSet)
            for sizes in [[1], [2], [24, 1, 25]] {
                let parts = try CaseTensors(c).runInParts(c, sizes, kernel.instructionSet)
                #expect(parts.matches(whole), "\(kernel.name), parts of \(sizes), \(c)")
            }
        }
    }
}
