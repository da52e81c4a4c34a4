import PagedAttention
import Testing

/// The reference against results worked out by hand: one head of 8 channels, blocks of 16.
@Suite struct ReferenceAttentionTests {
    /// Attention of one sequence whose tokens have the given first channels, from an empty cache.
    private func attend(
        _ queries: [Float],
        _ keys: [Float],
        _ values: [Float],
        table: [Int32] = [0],
        sink: [Float]? = nil,
        _ change: (inout AttentionAttributes) -> Void = { _ in }
    ) -> [Double] {
        var attributes = AttentionAttributes(headCount: 1, keyValueHeadCount: 1)
        attributes.scale = 1
        change(&attributes)
        var inputs = AttentionInputs(
            query: rowTensor(queries),
            key: rowTensor(keys),
            value: rowTensor(values),
            keyCache: floatTensor([Float](repeating: 0, count: 256), TensorShape(2, 16, 1, 8)),
            valueCache: floatTensor([Float](repeating: 0, count: 256), TensorShape(2, 16, 1, 8)),
            cumulativeSequenceLengths: integerTensor([0, Int32(queries.count)]),
            pastSequenceLengths: integerTensor([0]),
            blockTable: integerTensor(table, TensorShape(1, table.count))
        )
        inputs.headSink = sink.map { floatTensor($0, TensorShape(1)) }
        defer { deallocate(inputs) }
        let shape = RuleContext(
            inputs: inputs,
            attributes: attributes,
            activationType: .float32,
            cacheType: .float32
        ).shape
        let output = ReferenceAttention(attributes: attributes).evaluate(shape, inputs)
        return stride(from: 0, to: output.count, by: 8).map { output[$0] }
    }

    /// Rows of 8 channels whose first is given; the others are 0.
    private func rowTensor(_ firsts: [Float]) -> TensorView {
        let values = firsts.flatMap { [$0] + [Float](repeating: 0, count: 7) }
        return floatTensor(values, TensorShape(firsts.count, 8))
    }

    private func deallocate(_ inputs: AttentionInputs) {
        let tensors = [
            inputs.query, inputs.key, inputs.value, inputs.keyCache, inputs.valueCache,
            inputs.cumulativeSequenceLengths, inputs.pastSequenceLengths, inputs.blockTable,
            inputs.headSink,
        ]
        for tensor in tensors { tensor?.base.deallocate() }
    }

    private func expect(_ seen: [Double], _ expected: [Double]) {
        #expect(seen.count == expected.count)
        for (a, b) in zip(seen, expected) { #expect((a - b).magnitude < 1e-6, "\(seen)") }
    }

    @Test func `One token sees itself`() {
        expect(attend([1], [1], [5]), [5])
    }

    @Test func `Weights are exponentials of dot products`() {
        // Logits 0 and ln 3: weights 1/4 and 3/4.
        expect(attend([0, 1], [0, 1.098_612_3], [4, 8]), [4, 7])
    }

    @Test func `Without causality the first token sees the second`() {
        expect(attend([0, 0], [0, 0], [4, 8]) { $0.isCausal = false }, [6, 6])
    }

    @Test func `A window of one leaves only the token itself`() {
        expect(attend([1, 1, 1], [1, 2, 3], [4, 8, 2]) { $0.localWindowSize = 1 }, [4, 8, 2])
    }

    @Test func `A sink takes weight`() {
        expect(attend([0], [0], [6], sink: [0]), [3])
    }

    @Test func `A softcap bounds logits`() {
        // Logits 1000 and 0 become 0.5493 (= ln 3 / 2 for a cap of that size) and 0.
        let cap: Float = 0.549_306_15
        expect(attend([0, 1], [0, 1000], [0, 1]) { $0.softcap = cap }, [0, 0.633_974_6])
    }

    @Test func `Unmapped and foreign blocks are left out`() {
        expect(attend([1], [1], [5], table: [-1]), [0])
        expect(attend([1], [1], [5], table: [2]), [0])
    }
}
