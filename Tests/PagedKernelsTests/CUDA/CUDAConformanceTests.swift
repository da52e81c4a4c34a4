import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Every CUDA kernel on the emulator, against the reference and under its bound.
@Suite struct CUDAConformanceTests {
    /// Every pair of types that CUDA kernels serve.
    static let typePairs = ConformanceCases.typePairs.filter { $0.activation != .float32 }

    /// Activations take turns with codes.
    private static func includes(_ pair: TypePair, _ index: Int) -> Bool {
        pair.cache.isActivation || (pair.activation == .float16) == (index % 2 == 0)
    }

    @Test(arguments: typePairs, ConformanceCases.all.indices)
    func `Every CUDA kernel agrees with the reference`(_ pair: TypePair, _ index: Int) throws {
        let c = ConformanceCases.all[index].with {
            $0.activation = pair.activation
            $0.cache = pair.cache
            $0.seed = UInt64(index + 1)
        }
        guard c.isAllowed, Self.includes(pair, index) else { return }
        let expectation = try ReferenceResult(c)
        for kernel in EmulatedKernel.all where kernel.serves(c) {
            let tensors = CaseTensors(c)
            try tensors.run(c, on: kernel)
            try expectation.check(tensors, c, kernel.testDescription)
        }
    }
}
