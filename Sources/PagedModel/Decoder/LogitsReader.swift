internal import PagedAttention
internal import PagedRuntime

/// Rows of logits as `Float`, whatever the graph computes them in.
struct LogitsReader {
    private let buffer: TensorBuffer
    private let vocabularySize: Int
    private let row: UnsafeMutableBufferPointer<Float>

    /// A reader of `[rows, vocabularySize]` at the start of `buffer`; `scratch` takes one row.
    init(buffer: TensorBuffer, vocabularySize: Int, scratch: TensorBuffer) {
        self.buffer = buffer
        self.vocabularySize = vocabularySize
        row = UnsafeMutableBufferPointer(
            rebasing: scratch.elements(as: Float.self)[..<vocabularySize]
        )
    }

    /// The logits of one row; they stay valid until the next call or the next step.
    func logits(row index: Int) -> UnsafeBufferPointer<Float> {
        let range = index * vocabularySize..<(index + 1) * vocabularySize
        switch buffer.elementType {
        case .float16:
            let source = buffer.elements(as: Float16.self)[range]
            for (offset, value) in source.enumerated() { row[offset] = Float(value) }
        case .bfloat16:
            let source = buffer.elements(as: UInt16.self)[range]
            for (offset, value) in source.enumerated() {
                row[offset] = Float(bitPattern: UInt32(value) << 16)
            }
        default:
            return UnsafeBufferPointer(rebasing: buffer.elements(as: Float.self)[range])
        }
        return UnsafeBufferPointer(row)
    }
}
