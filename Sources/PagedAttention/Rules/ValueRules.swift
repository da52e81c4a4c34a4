/// The rules on tensor values that a call with work to do has to keep.
package enum ValueRules {
    /// Checks the bounds that the caller promises for the lengths of a call.
    ///
    /// - Throws: `invalidArgument` if a bound is negative or the bounds contradict each other.
    package static func checkMetadata(
        _ inputs: AttentionInputs,
        _ shape: AttentionShape
    ) throws(OperatorError) {
        guard let metadata = inputs.attentionMetadata else { return }
        let values = metadata.integers
        for index in 0..<metadata.shape[0] where values[index] < 0 {
            throw .invalidArgument(
                "attention_metadata[\(index)] must be non-negative, got \(values[index])"
            )
        }
        guard metadata.shape[0] == 3 else { return }
        let capacity = saturatingProduct(shape.maximumBlocksPerSequence, shape.blockSize)
        let upper = values[1] > 0 ? min(Int(values[1]), capacity) : capacity
        guard Int(values[2]) <= upper else {
            throw .invalidArgument(
                "attention_metadata[2] \(values[2]) must not exceed max_kv_len_bound \(upper)"
            )
        }
    }

    /// What is wrong if the rotary caches lack an angle for a new token.
    ///
    /// - Parameter positionCount: one more than the highest position of a new token.
    package static func positionError(
        _ positionCount: Int,
        _ shape: AttentionShape,
        _ attributes: AttentionAttributes
    ) -> OperatorError? {
        guard attributes.doRotary, positionCount > shape.rotaryPositionCount else { return nil }
        return .invalidArgument(
            "cos_cache and sin_cache have \(shape.rotaryPositionCount) positions, but a token has "
                + "position \(positionCount - 1)"
        )
    }
}
