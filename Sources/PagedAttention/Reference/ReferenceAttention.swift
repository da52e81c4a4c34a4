/// The operator in `Double` and obvious loops: what every kernel is compared with.
///
///     let reference = ReferenceAttention(attributes: attributes)
///     reference.run(shape, inputs, output: output)
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
    public func run(_ shape: AttentionShape, _ inputs: AttentionInputs, output: TensorView) {
        for (index, value) in evaluate(shape, inputs).enumerated() {
            output.store(value, at: index)
        }
    }

    /// Writes the cache and returns the attention without its last rounding.
    package func evaluate(_ shape: AttentionShape, _ inputs: AttentionInputs) -> [Double] {
        attend(ReferenceCall(attributes: attributes, shape: shape, inputs: inputs))
    }

    /// The same computation in `Float`: naive, and the measure of the error that kernels may have.
    package func evaluateNaively(_ shape: AttentionShape, _ inputs: AttentionInputs) -> [Float] {
        attend(ReferenceCall(attributes: attributes, shape: shape, inputs: inputs))
    }

    private func attend<Real: BinaryFloatingPoint>(_ call: ReferenceCall<Real>) -> [Real] {
        let shape = call.shape
        call.writeCache()
        var output = [Real](repeating: 0, count: shape.outputShape.elementCount)
        for sequence in 0..<shape.sequenceCount where call.isValid(sequence) {
            for token in call.tokens(of: sequence) {
                for head in 0..<shape.headCount {
                    let row = call.attend(token: token, head: head, sequence: sequence)
                    let first = (token * shape.headCount + head) * shape.valueHeadSize
                    for (channel, value) in row.enumerated() { output[first + channel] = value }
                }
            }
        }
        return output
    }
}
