import PagedAttention
import Testing

/// The operator's rule for malformed lengths.
@Suite struct SequenceLayoutTests {
    private func sanitise(
        starts: [Int32],
        past: [Int32],
        tokens: Int,
        columns: Int
    ) -> (starts: [Int32], past: [Int32], positions: Int) {
        let rawStarts = integerTensor(starts)
        let rawPast = integerTensor(past)
        defer {
            rawStarts.base.deallocate()
            rawPast.base.deallocate()
        }
        let inputs = AttentionInputs(
            query: tensor(.float32, tokens, 24),
            keyCache: tensor(.float32, 1, 16, 1, 8),
            valueCache: tensor(.float32, 1, 16, 1, 8),
            cumulativeSequenceLengths: rawStarts,
            pastSequenceLengths: rawPast,
            blockTable: tensor(.int32, past.count, columns)
        )
        let shape = RuleContext(
            inputs: inputs,
            attributes: AttentionAttributes(headCount: 1, keyValueHeadCount: 1),
            activationType: .float32,
            cacheType: .float32
        ).shape
        var safeStarts = starts
        var safePast = past
        let positions = SequenceLayout.sanitise(
            inputs,
            shape,
            starts: &safeStarts,
            past: &safePast
        )
        return (safeStarts, safePast, positions)
    }

    @Test func `Good lengths stay as they are`() {
        let result = sanitise(starts: [0, 2, 2, 5], past: [3, 7, 0], tokens: 5, columns: 2)
        #expect(result.starts == [0, 2, 2, 5] && result.past == [3, 7, 0])
        #expect(result.positions == 5)
    }

    @Test func `The operator's own example of malformed lengths`() {
        let result = sanitise(starts: [5, -2, 1], past: [-4, 100], tokens: 3, columns: 2)
        #expect(result.starts == [0, 0, 3] && result.past == [-1, -1])
        #expect(result.positions == 0)
    }

    @Test func `A past that just fits is kept`() {
        let fits = sanitise(starts: [0, 1], past: [31], tokens: 1, columns: 2)
        #expect(fits.past == [31] && fits.positions == 32)
        let tooLong = sanitise(starts: [0, 1], past: [32], tokens: 1, columns: 2)
        #expect(tooLong.past == [-1])
    }

    @Test func `Extreme values do not overflow`() {
        let result = sanitise(
            starts: [.min, .max, .min, .max],
            past: [.max, .min, 0],
            tokens: 4,
            columns: 2
        )
        #expect(result.starts == [0, 4, 4, 4] && result.past == [-1, -1, 0])
    }
}
