import CPagedCUDA
import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// The prompt kernel of SM90, over what its two ways of copying have in common and what only one of them meets.
@Suite struct HopperTests {
    private static let kernels = EmulatedKernel.all.filter {
        $0.testDescription.hasPrefix("hopper")
    }

    /// Lengths around the ends of blocks and tiles, and rows of few and of many keys.
    private static let ragged: [AttentionCase.Length] = [
        .init(past: 300, new: 70), .init(past: 0, new: 0), .init(past: 131, new: 1),
        .init(past: 64, new: 64), .init(past: 0, new: 129),
    ]

    private static let changes: [@Sendable (inout AttentionCase) -> Void] = [
        { _ in }, { $0.window = 100 }, { $0.softcap = 5 }, { $0.hasHoles = true },
        { ($0.isCausal, $0.window) = (false, 0) }, { $0.hasSink = true },
        { ($0.isCausal, $0.window) = (false, 70) }, { ($0.scale, $0.hasHoles) = (-0.1, true) },
        { ($0.window, $0.softcap, $0.hasSink, $0.hasHoles) = (33, 20, true, true) },
    ]

    /// Each size of block with each size of head, features in turn.
    private static let cases: [AttentionCase] = {
        let headSizes = [64, 80, 96, 128, 200, 256]
        return [16, 32, 64, 128, 256].enumerated().flatMap { row, blockSize in
            headSizes.enumerated().map { column, headSize in
                AttentionCase(
                    activation: column % 2 == row % 2 ? .float16 : .bfloat16,
                    heads: 2 + 2 * (column % 2),
                    keyValueHeads: 2,
                    headSize: headSize,
                    blockSize: blockSize,
                    lengths: ragged
                )
                .with {
                    $0.cache = $0.activation
                    changes[(row * headSizes.count + column) % changes.count](&$0)
                }
            }
        }
    }()

    @Test(arguments: cases.indices)
    func `Every way to copy, and to take turns, gives the same without what is unused`(
        _ index: Int
    ) throws {
        let c = Self.cases[index].with { $0.seed = UInt64(index + 1) }
        let expectation = try ReferenceResult(c)
        let parts: Int32 = index / 2 % 2 == 0 ? 1 : 3
        let clean = CaseTensors(c)
        let expected = try clean.run(c, on: Self.kernels[0], parts: parts).output
        try expectation.check(clean, c, "\(parts) parts")
        // Boxes as early as they may be copied, and threads.
        for (kernel, seed) in zip(Self.kernels, [2, 1] as [UInt64]) {
            let poisoned = CaseTensors(c)
            poisoned.poisonUnusedPlaces(c)
            let output = try poisoned.run(c, on: kernel, parts: parts, seed: seed).output
            let same = output.elementsEqual(expected)
            #expect(same, "\(kernel.testDescription), \(parts) parts, \(c)")
        }
    }

    @Test func `Caches of more places than 31 bits number are not copied as boxes`() {
        var call = paged_cuda_call()
        (call.block_count, call.block_shift) = (1 << 23, 8)
        #expect(paged_cuda_hopper_box(&call, 128) == 0)
        call.block_count -= 1
        #expect(paged_cuda_hopper_box(&call, 128) == 128)
        #expect(paged_cuda_hopper_box(&call, 256) == 64)
    }
}
