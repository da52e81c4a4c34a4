internal import PagedAttention

extension FuzzCase {
    /// Whether the reference, which is slow, can compute a call in about a millisecond.
    func isCheap(_ shape: AttentionShape) -> Bool {
        let context = shape.maximumBlocksPerSequence * shape.blockSize
        let products = shape.tokenCount * shape.headCount * shape.headSize * context
        return shape.tokenCount > 0 && products < 1 << 15
    }

    /// Lets the reference compute the call and compares caches and, for tame numbers, outputs.
    func compare(
        _ shape: AttentionShape,
        _ before: FuzzTensors,
        _ after: FuzzTensors
    ) throws(Failure) {
        let expected = before.withOwnCaches()
        do throws(OperatorError) {
            let reference = try FuzzedOperator(self, isReference: true)
            try withExtendedLifetime(expected) { () throws(OperatorError) in
                try reference.run(shape, expected, threadCount: 1)
            }
        } catch {
            throw Failure("the reference refused: \(error.message)\n\(self)")
        }
        try check(shape, before: before, after: expected, "the reference")
        // Norm and rotation round numbers that the reference computes more exactly.
        let isPlain = !attributes.doRotary && outlines[.queryNorm] == nil
        try compareCache(.valueCache, expected, after)
        guard isPlain else { return }
        try compareCache(.keyCache, expected, after)
        if fill.isTame { try compareOutput(expected, after) }
    }

    /// The number of threads changes no bit, except of a NaN.
    func compareThreads(
        _ operation: FuzzedOperator,
        _ shape: AttentionShape,
        _ before: FuzzTensors,
        _ after: FuzzTensors
    ) throws(Failure) {
        let expected = before.withOwnCaches()
        do throws(OperatorError) {
            try withExtendedLifetime(expected) { () throws(OperatorError) in
                try operation.run(shape, expected, threadCount: threadCount == 1 ? 4 : 1)
            }
        } catch {
            throw Failure("refused with other threads: \(error.message)\n\(self)")
        }
        for role in [TensorRole.keyCache, .valueCache, .output] {
            guard let old = expected[role], let new = after[role] else { continue }
            let different = new.firstDifference(from: old)
            try require(
                different == nil,
                "\(role) depends on the number of threads: \(different ?? "")"
            )
        }
    }

    /// What is stored does not depend on the kernel, except which NaN it is.
    private func compareCache(
        _ role: TensorRole,
        _ expected: FuzzTensors,
        _ after: FuzzTensors
    ) throws(Failure) {
        guard let old = expected[role], let new = after[role], !new.hasSameBytes(as: old) else {
            return
        }
        let isSame = (0..<new.view.shape.elementCount).allSatisfy { index in
            let (a, b) = (old.view.element(index), new.view.element(index))
            return a.isNaN && b.isNaN || a.bitPattern == b.bitPattern
        }
        try require(cacheType.isActivation && isSame, "\(role) differs from the reference's")
    }

    private func compareOutput(_ expected: FuzzTensors, _ after: FuzzTensors) throws(Failure) {
        guard let old = expected[.output]?.view, let new = after[.output]?.view else { return }
        for index in 0..<new.shape.elementCount {
            let (a, b) = (old.element(index), new.element(index))
            // Values are below 4; the rest is for logits of a few hundred in float32.
            try require(
                (a - b).magnitude <= 0.06,
                "element \(index) of the output is \(b), the reference's \(a)"
            )
        }
    }

    /// The largest number that a code of the cache stands for.
    var largestCode: Float {
        switch attributes.cacheFormat(ofTensor: cacheType) {
        case .int8: 128
        case .float8e4m3fn: 448
        case .int4: 8
        case .float4e2m1: 6
        default: 1
        }
    }
}
