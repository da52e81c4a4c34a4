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

    @Test(arguments: LongCases.ragged.indices)
    func `Every way to copy, and to take turns, gives the same without what is unused`(
        _ index: Int
    ) throws {
        let c = LongCases.ragged[index].with { $0.seed = UInt64(index + 1) }
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
