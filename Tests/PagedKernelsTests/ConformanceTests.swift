import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Every kernel of the list that this processor can run, against the reference.
@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCases.typePairs, ConformanceCases.all.indices)
    func `Every kernel agrees with the reference`(_ pair: TypePair, _ index: Int) throws {
        let c = ConformanceCases.all[index].with {
            $0.activation = pair.activation
            $0.cache = pair.cache
            $0.seed = UInt64(index + 1)
        }
        guard c.isAllowed, ConformanceCases.includes(pair, index) else { return }
        let expectation = try ReferenceResult(c)
        let kernels = KernelList.available.filter {
            $0.activationType == pair.activation && $0.cacheType == pair.cache
        }
        #expect(!kernels.isEmpty)
        for kernel in kernels {
            let tensors = CaseTensors(c)
            try tensors.run(c, kernel.instructionSet)
            try expectation.check(tensors, c, kernel.name)
        }
    }
}
