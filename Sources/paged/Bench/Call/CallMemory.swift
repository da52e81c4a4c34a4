import PagedAttention
import PagedRuntime

/// The tensors of a workload's call, by the names of the operator's document.
struct CallMemory {
    /// A tensor, its sizes and its memory.
    struct Tensor {
        let name: String
        let shape: [Int]
        let buffer: TensorBuffer

        /// The tensor as the operator sees it.
        var view: TensorView {
            let sizes = shape + Array(repeating: 1, count: 4 - shape.count)
            return TensorView(
                base: buffer.base,
                elementType: buffer.elementType,
                shape: TensorShape(rank: shape.count, sizes[0], sizes[1], sizes[2], sizes[3])
            )
        }
    }

    /// In the order of the operator's inputs.
    let inputs: [Tensor]
    let output: Tensor

    /// Activations and caches of float16, all of the value 0.5.
    init(_ workload: CallWorkload) throws {
        let heads = workload.heads
        let sequences = workload.sequences
        let columns = workload.blocksPerSequence
        let blocks = sequences * columns
        let queryWidth = heads.query * heads.size
        let width = heads.keyValue * heads.size
        let cache = [blocks, CallWorkload.blockSize, heads.keyValue, heads.size]
        inputs = [
            try Self.halves("query", [sequences, queryWidth]),
            try Self.halves("key", [sequences, width]),
            try Self.halves("value", [sequences, width]),
            try Self.halves("key_cache", cache),
            try Self.halves("value_cache", cache),
            try Self.integers("cumulative_sequence_length", [sequences + 1], 0...sequences),
            try Self.integers(
                "past_seqlens",
                [sequences],
                repeatElement(workload.cachedTokens, count: sequences)
            ),
            try Self.integers("block_table", [sequences, columns], 0..<blocks),
        ]
        output = try Self.halves("output", [sequences, queryWidth])
    }

    /// The key cache and the value cache.
    var caches: [Tensor] { [inputs[3], inputs[4]] }

    /// The inputs as the operator sees them.
    var attentionInputs: AttentionInputs {
        AttentionInputs(
            query: inputs[0].view,
            key: inputs[1].view,
            value: inputs[2].view,
            keyCache: inputs[3].view,
            valueCache: inputs[4].view,
            cumulativeSequenceLengths: inputs[5].view,
            pastSequenceLengths: inputs[6].view,
            blockTable: inputs[7].view
        )
    }

    private static func halves(_ name: String, _ shape: [Int]) throws -> Tensor {
        let count = shape.reduce(1, *)
        let buffer = try TensorBuffer(elementType: .float16, capacity: count)
        buffer.elements(as: UInt16.self).update(repeating: 0x3800)
        return Tensor(name: name, shape: shape, buffer: buffer)
    }

    private static func integers(
        _ name: String,
        _ shape: [Int],
        _ values: some Sequence<Int>
    ) throws -> Tensor {
        let buffer = try TensorBuffer(elementType: .int32, capacity: shape.reduce(1, *))
        for (index, value) in values.enumerated() {
            buffer.elements(as: Int32.self)[index] = Int32(value)
        }
        return Tensor(name: name, shape: shape, buffer: buffer)
    }
}
