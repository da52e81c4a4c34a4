import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Caches whose codes are integers: products of integers, which must neither overflow nor hide a query
/// that is no number.
@Suite
struct IntegerTests {
    static let kernels = ConformanceCases.kernels.filter {
        [.int8, .int4, .float4e2m1].contains($0.cacheType)
    }

    @Test(arguments: kernels)
    func `The largest codes and queries of the longest heads do not overflow`(
        _ kernel: KernelRecord
    ) throws {
        let isLatent = kernel.cacheType == .int8
        for tokens in [1, 40] {
            var c = AttentionCase(activation: kernel.activationType, cache: kernel.cacheType)
            c.keyScales = .perTensor
            c.layout = isLatent ? .latent : .separate
            c.valueHeadSize = isLatent ? 512 : nil
            c.headSize = isLatent ? 576 : 256
            (c.heads, c.keyValueHeads) = (2, 1)
            c.scale = 1e-5
            c.lengths = [.init(past: 70, new: tokens)]
            let tensors = CaseTensors(c)
            tensors.query.fill { _ in 100 }
            // The lowest codes in the cache, the highest for new tokens.
            tensors.key?.fill { _ in kernel.activationType == .float16 ? 60000 : 1e9 }
            tensors.keyCache.fillBytes(lowest(kernel.cacheType))
            let copy = tensors.withOwnCaches()
            let expected = try copy.reference(c) { $0.evaluate($1, $2) }
            try tensors.run(c, kernel.instructionSet)
            let error = ReferenceResult.error(tensors.output.values, expected)
            let largest = expected.map(\.magnitude).max() ?? 0
            #expect(error <= 2 * ErrorBound.probe(c) * largest, "\(kernel.name): \(error)")
        }
    }

    @Test(arguments: kernels)
    func `A query that is no number makes its own row NaN and no other`(
        _ kernel: KernelRecord
    ) throws {
        for (tokens, bad) in [(1, Double.nan), (1, .infinity), (40, .nan)] {
            var c = AttentionCase(activation: kernel.activationType, cache: kernel.cacheType)
            c.lengths = [.init(past: 70, new: tokens)]
            let clean = CaseTensors(c)
            let spoilt = CaseTensors(c)
            let row = c.headSize * (c.heads * (tokens - 1) + 1)
            spoilt.query.view.store(bad, at: row + 3)
            try clean.run(c, kernel.instructionSet)
            try spoilt.run(c, kernel.instructionSet)
            for (index, (was, now)) in zip(clean.output.values, spoilt.output.values).enumerated() {
                let isOwn = index >= row && index < row + c.headSize
                #expect(isOwn ? now.isNaN : now == was, "\(kernel.name), element \(index)")
            }
        }
    }
}

/// A byte of the lowest codes of a cache.
private func lowest(_ type: ElementType) -> UInt8 {
    switch type {
    case .int8: 0x80
    case .int4: 0x00
    default: 0xff
    }
}

extension Tensor {
    fileprivate func fill(_ value: (Int) -> Double) {
        for index in 0..<view.shape.elementCount { view.store(value(index), at: index) }
    }

    fileprivate func fillBytes(_ byte: UInt8) {
        view.base.initializeMemory(as: UInt8.self, repeating: byte, count: byteCount)
    }
}
