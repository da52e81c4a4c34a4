import PagedAttention
import PagedKernels
import Testing

/// What a call left: output and caches.
struct CaseResult: Equatable {
    var output: [UInt8]
    var keyCache: [UInt8]
    var valueCache: [UInt8]
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
            cacheType: c.cache,
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
            cacheType: c.cache
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
        CaseResult(output: output.bytes, keyCache: keyCache.bytes, valueCache: valueCache.bytes)
    }
}

/// The reference's result of a case, and the error of the naive computation.
struct Expectation {
    let output: [Double]
    let keyCache: [Double]
    let valueCache: [UInt8]
    let limit: Double

    init(_ c: AttentionCase) throws {
        let exact = CaseTensors(c)
        output = try exact.reference(c) { $0.evaluate($1, $2) }
        keyCache = exact.keyCache.values
        valueCache = exact.valueCache.bytes
        let naive = try CaseTensors(c).reference(c) { $0.evaluateNaively($1, $2) }
        let rounded = naive.map { c.activation.rounded(Double($0)) }
        limit = ErrorBound.limit(
            naive: Self.error(rounded, output),
            largest: output.map(\.magnitude).max() ?? 0,
            c.activation
        )
    }

    static func error(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { largest, pair in
            let difference = (pair.0 - pair.1).magnitude
            return difference <= largest ? largest : difference
        }
    }

    /// Expects a kernel's results to be within the bound.
    func check(_ tensors: CaseTensors, _ c: AttentionCase, _ name: String) {
        let error = Self.error(tensors.output.values, output)
        #expect(error <= limit, "\(name): error \(error) above \(limit) in \(c)")
        let keyError = zip(tensors.keyCache.values, keyCache).first { kernel, exact in
            !((kernel - exact).magnitude <= ErrorBound.cacheLimit(exact, c.cache))
        }
        #expect(keyError == nil, "\(name): key cache \(keyError ?? (0, 0)) in \(c)")
        #expect(tensors.valueCache.bytes == valueCache, "\(name): value cache in \(c)")
    }
}
