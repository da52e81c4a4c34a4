import PagedAttention
import Testing

/// The operator's rule for malformed lengths.
@Suite struct SequenceLayoutTests {
    private func sanitise(
        starts: [Int32],
        past: [Int32],
        tokens: Int,
        columns: Int,
        blockSize: Int = 16
    ) -> (starts: [Int32], past: [Int32], positions: Int) {
        var rawStarts = starts
        var rawPast = past
        var table = [Int32](repeating: 0, count: past.count * columns)
        var safeStarts = starts
        var safePast = past
        var positions = 0
        rawStarts.withUnsafeMutableBytes { s in
            rawPast.withUnsafeMutableBytes { p in
                table.withUnsafeMutableBytes { t in
                    guard let s = s.baseAddress, let p = p.baseAddress, let t = t.baseAddress
                    else { return }
                    let inputs = AttentionInputs(
                        query: tensor(.float32, tokens, 8),
                        keyCache: tensor(.float32, 1, blockSize, 1, 8),
                        valueCache: tensor(.float32, 1, blockSize, 1, 8),
                        cumulativeSequenceLengths: TensorView(
                            base: s,
                            elementType: .int32,
                            shape: TensorShape(starts.count)
                        ),
                        pastSequenceLengths: TensorView(
                            base: p,
                            elementType: .int32,
                            shape: TensorShape(past.count)
                        ),
                        blockTable: TensorView(
                            base: t,
                            elementType: .int32,
                            shape: TensorShape(past.count, columns)
                        )
                    )
                    let shape = RuleContext(
                        inputs: inputs,
                        attributes: AttentionAttributes(headCount: 1, keyValueHeadCount: 1),
                        activationType: .float32,
                        cacheType: .float32
                    ).shape
                    positions = SequenceLayout.sanitise(
                        inputs,
                        shape,
                        starts: &safeStarts,
                        past: &safePast
                    )
                }
            }
        }
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
