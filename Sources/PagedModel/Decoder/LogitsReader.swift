internal import PagedAttention
internal import PagedRuntime

/// Rows of logits as `Float`, whatever the graph computes them in.
struct LogitsReader {
    private let buffer: TensorBuffer
    private let width: Int
    private let vocabularySize: Int
    private let row: UnsafeMutableBufferPointer<Float>

    /// A reader of the first `vocabularySize` columns of `[rows, width]` at the start of `buffer`;
    /// `scratch` takes one row.
    init(buffer: TensorBuffer, width: Int, vocabularySize: Int, scratch: TensorBuffer) {
        self.buffer = buffer
        self.width = width
        self.vocabularySize = vocabularySize
        row = UnsafeMutableBufferPointer(
            rebasing: scratch.elements(as: Float.self)[..<vocabularySize]
        )
    }

    /// The logits of one row; they stay valid until the next call or the next step.
    func logits(row index: Int) -> UnsafeBufferPointer<Float> {
        let range = index * width..<index * width + vocabularySize
        switch buffer.elementType {
        case .float16:
            let source = buffer.elements(as: UInt16.self)[range]
            for (offset, bits) in source.enumerated() { row[offset] = Float(float16Bits: bits) }
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
