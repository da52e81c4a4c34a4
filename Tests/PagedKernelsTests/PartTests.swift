import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Sequences of several parts: positions around multiples of 1024, where a row's softmax begins anew
/// and where a call may be split between threads.
@Suite struct PartTests {
    static let kernels = ConformanceCases.kernels

    /// Calls whose items are split into parts when there are many threads: a decode, a speculative one,
    /// one with more rows than are attended in place, and the features that choose keys.
    static let cases: [AttentionCase] = {
        let plain = AttentionCase(
            heads: 2,
            keyValueHeads: 1,
            headSize: 16,
            lengths: [.init(past: 3100, new: 1), .init(past: 1023, new: 3)]
        )
        let changes: [(inout AttentionCase) -> Void] = [
            { _ in },
            { ($0.heads, $0.keyValueHeads, $0.lengths) = (6, 2, [.init(past: 2047, new: 2)]) },
            { ($0.heads, $0.lengths) = (12, [.init(past: 2049, new: 1), .init(past: 0, new: 4)]) },
            { ($0.heads, $0.lengths) = (32, [.init(past: 3000, new: 1)]) },
            { ($0.heads, $0.lengths) = (25, [.init(past: 2500, new: 2)]) },
            { ($0.window, $0.hasSink) = (1500, true) },
            { ($0.hasHoles, $0.blockSize, $0.softcap) = (true, 512, 5) },
            { ($0.isCausal, $0.lengths) = (false, [.init(past: 1020, new: 9)]) },
        ]
        return changes.map { plain.with($0) }
    }()

    private func variants(_ kernel: KernelRecord) -> [AttentionCase] {
        Self.cases.map { c in
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
