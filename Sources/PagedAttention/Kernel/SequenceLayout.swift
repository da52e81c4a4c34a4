/// Where each sequence's tokens are and how much of it is cached, made safe against any values.
///
/// - Starts are clamped to [0, tokens], begin with 0, end with the token count and never decrease.
/// - A past length outside [0, max(0, capacity - new tokens)] makes the sequence invalid: its
///   tokens write nothing and their output is zero. It is marked by a past length of -1.
package enum SequenceLayout {
    /// Reads the lengths of a call and stores sanitised ones.
    ///
    /// - Parameters:
    ///   - starts: room for sequences + 1 values.
    ///   - past: room for one value for each sequence.
    /// - Returns: one more than the highest position of a new token of a valid sequence; 0 if none.
    package static func sanitise(
        _ inputs: AttentionInputs,
        _ shape: AttentionShape,
        starts: UnsafeMutablePointer<Int32>,
        past: UnsafeMutablePointer<Int32>
    ) -> Int {
        let rawStarts = inputs.cumulativeSequenceLengths.integers
        let rawPast = inputs.pastSequenceLengths.integers
        let tokens = Int32(clamping: shape.tokenCount)
        let capacity = saturatingProduct(shape.maximumBlocksPerSequence, shape.blockSize)
        var highest = 0
        starts[0] = 0
        for sequence in 0..<shape.sequenceCount {
            let isLast = sequence + 1 == shape.sequenceCount
            let end = isLast ? tokens : min(max(rawStarts[sequence + 1], 0), tokens)
            starts[sequence + 1] = max(end, starts[sequence])
            let count = Int(starts[sequence + 1]) - Int(starts[sequence])
            let length = Int(rawPast[sequence])
            let isValid = length >= 0 && length <= max(0, capacity - count)
            past[sequence] = isValid ? Int32(clamping: length) : -1
            if isValid && count > 0 { highest = max(highest, length + count) }
        }
        return highest
    }
}
