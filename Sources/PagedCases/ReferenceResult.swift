package import PagedAttention
internal import PagedKernels

/// The reference's result of a case, and the error of the naive computation.
package struct ReferenceResult {
    package let output: [Double]
    /// The values of stored keys; of codes without their scales.
    package let keys: [Double]
    package let valueCache: [UInt8]
    package let limit: Double

    /// The result for the case's own tensors.
    package init(_ c: AttentionCase) throws {
        try self.init(c, CaseTensors(c))
    }

    /// The result for some tensors, whose caches are changed in place.
    package init(_ c: AttentionCase, _ exact: CaseTensors) throws {
        let copy = exact.withOwnCaches()
        output = try exact.reference(c) { $0.evaluate($1, $2) }
        keys = exact.keys(c)
        valueCache = exact.valueCache?.bytes ?? []
        let naive = try copy.reference(c) { $0.evaluateNaively($1, $2) }
        let rounded = naive.map { c.activation.rounded(Double($0)) }
        limit = ErrorBound.limit(
            naive: Self.error(rounded, output),
            largest: output.map(\.magnitude).max() ?? 0,
            c
        )
    }

    /// The largest difference; NaN if there is one.
    package static func error(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { largest, pair in
            let difference = (pair.0 - pair.1).magnitude
            return difference <= largest ? largest : difference
        }
    }

    /// What of a kernel's results is not within the bound.
    ///
    /// Where the arithmetic before the last rounding let a key fall to the other side of a tie, the
    /// output is compared with the attention over the kernel's own cache.
    package func problems(_ tensors: CaseTensors, _ c: AttentionCase) throws -> [String] {
        var problems: [String] = []
        let stored = tensors.keys(c)
        let keyError = zip(stored, keys).first { kernel, exact in
            !((kernel - exact).magnitude <= ErrorBound.keyLimit(exact, c))
        }
        if let keyError { problems.append("key cache \(keyError)") }
        if tensors.valueCache?.bytes ?? [] != valueCache { problems.append("value cache") }
        let expected = stored == keys ? self : try ReferenceResult(c, tensors.withoutWriting(c))
        let error = Self.error(tensors.output.values, expected.output)
        if !(error <= expected.limit) {
            problems.append("error \(error) above \(expected.limit)")
        }
        return problems
    }
}

extension CaseTensors {
    /// Calls a function of the reference with these tensors; the caches are changed in place.
    package func reference<Result>(
        _ c: AttentionCase,
        _ body: (ReferenceAttention, AttentionShape, AttentionInputs) -> Result
    ) throws -> Result {
        let attention = try PagedAttentionOperator(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor
        )
        return try withInputs { inputs in
            body(
                ReferenceAttention(attributes: c.attributes),
                try attention.shape(of: inputs),
                inputs
            )
        }
    }

    /// The elements of the key cache, codes as they are.
    package func keys(_ c: AttentionCase) -> [Double] {
        guard c.isQuantised else { return keyCache.values }
        let count = keyCache.byteCount * (c.cache.isPacked ? 2 : 1)
        return (0..<count).map { CacheCode.value(c.cache, keyCache.view.base, $0) }
    }

    /// The same call on the caches that it left, with every token's slot negative.
    fileprivate func withoutWriting(_ c: AttentionCase) -> CaseTensors {
        var copy = withOwnCaches()
        copy.slots = Tensor([Int32](repeating: -1, count: c.tokenCount))
        copy.output = output.copy()
        return copy
    }
}
