import PagedAttention
import PagedKernels
import Testing

/// What a call left: output and caches.
struct CaseResult: Equatable, CustomTestStringConvertible {
    var output: [UInt8]
    var keyCache: [UInt8]
    var valueCache: [UInt8]

    /// A few bytes: a whole result is long, and slow to compare as text.
    var testDescription: String { "output \(output.prefix(16))..." }

    /// Whether all is the same bit by bit, as a value that tests do not take apart.
    func matches(_ other: CaseResult) -> Bool { self == other }
}

extension CaseTensors {
    /// Runs a kernel on these tensors; the caches are changed in place.
    @discardableResult
    func run(
        _ c: AttentionCase,
        _ instructionSet: InstructionSet? = nil,
        executor: some ParallelExecutor = SerialExecutor()
    ) throws -> CaseResult {
        let attention = try PagedAttentionOperator(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor,
            instructionSet: instructionSet
        )
        try withInputs { inputs in
            let shape = try attention.shape(of: inputs)
            try attention.run(shape, inputs, output: output.view, executor: executor)
        }
        return result
    }

    /// Calls a function of the reference with these tensors; the caches are changed in place.
    func reference<Result>(
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

    var result: CaseResult {
        CaseResult(
            output: output.bytes,
            keyCache: keyCache.bytes,
            valueCache: valueCache?.bytes ?? []
        )
    }
}

/// The reference's result of a case, and the error of the naive computation.
struct Expectation {
    let output: [Double]
    /// The values of stored keys; of codes without their scales.
    let keys: [Double]
    let valueCache: [UInt8]
    let limit: Double

    init(_ c: AttentionCase) throws {
        try self.init(c, CaseTensors(c))
    }

    init(_ c: AttentionCase, _ exact: CaseTensors) throws {
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

    static func error(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { largest, pair in
            let difference = (pair.0 - pair.1).magnitude
            return difference <= largest ? largest : difference
        }
    }

    /// Expects a kernel's results to be within the bound.
    ///
    /// Where the arithmetic before the last rounding let a key fall to the other side of a tie, the
    /// output is compared with the attention over the kernel's own cache.
    func check(_ tensors: CaseTensors, _ c: AttentionCase, _ name: String) throws {
        let stored = tensors.keys(c)
        let keyError = zip(stored, keys).first { kernel, exact in
            !((kernel - exact).magnitude <= ErrorBound.keyLimit(exact, c))
        }
        #expect(keyError == nil, "\(name): key cache \(keyError ?? (0, 0)) in \(c)")
        let sameValues = tensors.valueCache?.bytes ?? [] == valueCache
        #expect(sameValues, "\(name): value cache in \(c)")
        let expected = stored == keys ? self : try Expectation(c, tensors.withoutWriting(c))
        let error = Self.error(tensors.output.values, expected.output)
        #expect(error <= expected.limit, "\(name): error \(error) above \(expected.limit) in \(c)")
    }
}

extension CaseTensors {
    /// The elements of the key cache, codes as they are.
    func keys(_ c: AttentionCase) -> [Double] {
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
