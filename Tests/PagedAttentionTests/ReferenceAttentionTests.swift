import PagedAttention
import Testing

/// The reference against results worked out by hand: one head of 8 channels, blocks of 16.
@Suite struct ReferenceAttentionTests {
    /// Rows whose first channel is given; the others are 0.
    private static func rows(_ firsts: [Float]) -> [Float] {
        firsts.flatMap { [$0] + [Float](repeating: 0, count: 7) }
    }

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
        var arrays = [Self.rows(queries), Self.rows(keys), Self.rows(values), sink ?? [0]]
        var caches = [Float](repeating: 0, count: 2 * 2 * 16 * 8)
        var integers: [Int32] = [0, Int32(queries.count), 0] + table
        let pointers = arrays.indices.map { index in
            arrays[index].withUnsafeMutableBytes { bytes in
                UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
                    .copying(bytes)
            }
        }
        defer { for pointer in pointers { pointer.deallocate() } }
        return caches.withUnsafeMutableBytes { cache in
            integers.withUnsafeMutableBytes { lengths in
                guard let c = cache.baseAddress, let n = lengths.baseAddress else { return [] }
                func float(_ base: UnsafeMutableRawPointer, _ shape: TensorShape) -> TensorView {
                    TensorView(base: base, elementType: .float32, shape: shape)
                }
                let row = TensorShape(queries.count, 8)
                let blocks = TensorShape(2, 16, 1, 8)
                var inputs = AttentionInputs(
                    query: float(pointers[0], row),
                    key: float(pointers[1], row),
                    value: float(pointers[2], row),
                    keyCache: float(c, blocks),
                    valueCache: float(c + 1024, blocks),
                    cumulativeSequenceLengths: TensorView(
                        base: n,
                        elementType: .int32,
                        shape: TensorShape(2)
                    ),
                    pastSequenceLengths: TensorView(
                        base: n + 8,
                        elementType: .int32,
                        shape: TensorShape(1)
                    ),
                    blockTable: TensorView(
                        base: n + 12,
                        elementType: .int32,
                        shape: TensorShape(1, table.count)
                    )
                )
                if sink != nil { inputs.headSink = float(pointers[3], TensorShape(1)) }
                let shape = RuleContext(
                    inputs: inputs,
                    attributes: attributes,
                    activationType: .float32,
                    cacheType: .float32
                ).shape
                let output = ReferenceAttention(attributes: attributes).evaluate(shape, inputs)
                return stride(from: 0, to: output.count, by: 8).map { output[$0] }
            }
        }
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

extension UnsafeMutableRawPointer {
    fileprivate func copying(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawPointer {
        if let source = bytes.baseAddress { copyMemory(from: source, byteCount: bytes.count) }
        return self
    }
}
