import PagedAttention
import PagedCases
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

    var result: CaseResult {
        CaseResult(
            output: output.bytes,
            keyCache: keyCache.bytes,
            valueCache: valueCache?.bytes ?? []
        )
    }
}

extension ReferenceResult {
    /// Expects a kernel's results to be within the bound.
    func check(_ tensors: CaseTensors, _ c: AttentionCase, _ name: String) throws {
        for problem in try problems(tensors, c) { Issue.record("\(name): \(problem) in \(c)") }
    }
}
