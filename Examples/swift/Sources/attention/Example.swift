import PagedAttention
import PagedKernels

/// The operator on memory of one's own: a prompt of three tokens, then one more.
@main
struct Example {
    let heads = 2
    let headSize = 8
    let attention: PagedAttentionOperator
    // Two blocks of 16 places; the sequence begins in the second one.
    let keyCache: Tensor<Float>
    let valueCache: Tensor<Float>
    let blockTable = Tensor<Int32>(.int32, 1, 2).fill { $0 == 0 ? 1 : 0 }

    init() throws {
        attention = try PagedAttentionOperator(
            attributes: AttentionAttributes(headCount: heads, keyValueHeadCount: 1),
            activationType: .float32,
            cacheType: .float32
        )
        keyCache = Tensor(.float32, 2, 16, 1, headSize)
        valueCache = Tensor(.float32, 2, 16, 1, headSize)
    }

    static func main() throws {
        let example = try Example()
        try example.step(past: 0, count: 3)
        try example.step(past: 3, count: 1)
    }

    /// One step of one sequence: `past` tokens are cached, `count` are new.
    func step(past: Int, count: Int) throws {
        let width = heads * headSize
        let query = Tensor<Float>(.float32, count, width).fill { Float($0 % 7) / 7 - 0.5 }
        let key = Tensor<Float>(.float32, count, headSize).fill { Float($0 % 5) / 5 - 0.5 }
        let value = Tensor<Float>(.float32, count, headSize).fill { Float($0 + past) / 10 }
        let starts = Tensor<Int32>(.int32, 2).fill { Int32($0 * count) }
        let pastLengths = Tensor<Int32>(.int32, 1).fill { _ in Int32(past) }
        let output = Tensor<Float>(.float32, count, width)
        let inputs = AttentionInputs(
            query: query.view,
            key: key.view,
            value: value.view,
            keyCache: keyCache.view,
            valueCache: valueCache.view,
            cumulativeSequenceLengths: starts.view,
            pastSequenceLengths: pastLengths.view,
            blockTable: blockTable.view
        )
        // Views own nothing: the tensors have to outlive the call.
        try withExtendedLifetime((self, query, key, value, starts, pastLengths)) {
            let shape = try attention.shape(of: inputs)
            try attention.run(shape, inputs, output: output.view, executor: SerialExecutor())
        }
        for token in 0..<count {
            let row = output.elements[(token * width)..<((token + 1) * width)]
            print(row.map { "\($0)" }.joined(separator: " "))
        }
    }
}
