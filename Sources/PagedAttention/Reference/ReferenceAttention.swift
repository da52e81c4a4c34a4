/// The operator in `Double` and obvious loops: what every kernel is compared with.
///
///     let reference = ReferenceAttention(attributes: attributes)
///     reference.run(shape, inputs, output)
///
/// It rounds where the operator's definition does: a normalised head, a rotated head, a stored key
/// or value, and the output. Everything between is `Double`. Takes time in proportion to the pairs
/// of queries and keys times the head size, and is a few hundred times slower than a kernel.
public struct ReferenceAttention {
    /// The attributes of the node.
    public let attributes: AttentionAttributes

    /// A reference for a node with valid attributes.
    public init(attributes: AttentionAttributes) {
        self.attributes = attributes
    }

    /// Writes the new keys and values into the cache tensors and the attention into `output`.
    ///
    /// - Parameters:
    ///   - shape: from `PagedAttentionOperator.shape(of:)` for the same inputs.
    ///   - output: (tokens, heads * value head size), in the type of the query.
    public func run(_ shape: AttentionShape, _ inputs: AttentionInputs, _ output: TensorView) {
        store(evaluate(shape, inputs), output)
    }

    /// The same for a call of `SparsePagedAttention`.
    public func run(
        _ shape: AttentionShape,
        _ inputs: SparseInputs,
        _ selection: SparseSelection,
        _ output: TensorView
    ) {
        store(evaluate(shape, inputs, selection), output)
    }

    private func store(_ values: [Double], _ output: TensorView) {
        for (index, value) in values.enumerated() { output.store(value, at: index) }
    }

    /// Writes the cache and returns the attention without its last rounding.
    package func evaluate(_ shape: AttentionShape, _ inputs: AttentionInputs) -> [Double] {
        attend(ReferenceCall(attributes: attributes, shape: shape, inputs: inputs))
    }

    /// The same computation in `Float`: naive, and the measure of the error that kernels may have.
    package func evaluateNaively(_ shape: AttentionShape, _ inputs: AttentionInputs) -> [Float] {
        attend(ReferenceCall(attributes: attributes, shape: shape, inputs: inputs))
    }

    /// `SparsePagedAttention`: writes the cache and returns the attention without its last rounding.
    package func evaluate(
        _ shape: AttentionShape,
        _ inputs: SparseInputs,
        _ selection: SparseSelection
    ) -> [Double] {
        let call = ReferenceCall<Double>(
            attributes: attributes,
            shape: shape,
            inputs: inputs.attention
        )
        return rows(call) {
            call.attend(inputs, selection, token: $0, head: $1, sequence: $2)
        }
    }

    private func attend<Real: BinaryFloatingPoint>(_ call: ReferenceCall<Real>) -> [Real] {
        rows(call) { call.attend(token: $0, head: $1, sequence: $2) }
    }

    /// Writes the cache, then computes the output row of each token and head.
    private func rows<Real: BinaryFloatingPoint>(
        _ call: ReferenceCall<Real>,
        _ row: (_ token: Int, _ head: Int, _ sequence: Int) -> [Real]
    ) -> [Real] {
        let shape = call.shape
        call.writeCache()
        var output = [Real](repeating: 0, count: shape.outputShape.elementCount)
        for sequence in 0..<shape.sequenceCount where call.isValid(sequence) {
            for token in call.tokens(of: sequence) {
                for head in 0..<shape.headCount {
                    let first = (token * shape.headCount + head) * shape.valueHeadSize
                    for (channel, value) in row(token, head, sequence).enumerated() {
                        output[first + channel] = value
                    }
                }
            }
        }
        return output
    }
}
