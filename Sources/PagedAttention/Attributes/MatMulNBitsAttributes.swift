/// The attributes of a `MatMulNBits` node, under the names of ONNX Runtime's operator.
///
/// Activations A of `K` columns are multiplied by weights B of `N` columns of `K` numbers, stored in
/// blocks of `block_size` codes that share a scale.
public struct MatMulNBitsAttributes: Equatable, Sendable {
    /// Columns of A, and numbers in a column of B.
    public var rowSize: Int
    /// Columns of B and of the result.
    public var columnCount: Int
    /// Bits of a code: 4.
    public var bits: Int
    /// Codes that share a scale: 32, 64, 128 or 256.
    public var blockSize: Int

    /// Attributes under their names in the operator: `K`, `N`, `bits` and `block_size`.
    public init(rowSize: Int, columnCount: Int, bits: Int = 4, blockSize: Int) {
        self.rowSize = rowSize
        self.columnCount = columnCount
        self.bits = bits
        self.blockSize = blockSize
    }

    /// Blocks of a column.
    public var blockCount: Int { (rowSize + blockSize - 1) / blockSize }

    /// Bytes of the zero points of a column.
    package var zeroPointBytes: Int { (blockCount + 1) / 2 }

    /// Block sizes that are served.
    public static let blockSizes = [32, 64, 128, 256]

    /// The largest `K`, for which threads need 200 MB of memory, and the largest `N`.
    package static let maximumRowSize = 1 << 24
    package static let maximumColumnCount = Int(Int32.max)
}

/// The tensors of one call of `MatMulNBits`, in the operator's order.
///
///     a           (..., K), float32, float16 or bfloat16
///     codes       B (N, blocks, block_size / 2), uint8: two codes to a byte, the first in its lower half
///     scales      (N * blocks), in any shape, in the type of A
///     zeroPoints  (N * ceil(blocks / 2)) bytes, in any shape: a column's two to a byte; 8 where absent
///     bias        (N), in the type of A
public struct MatMulNBitsInputs {
    /// Activations; the last axis has `K` elements.
    public var a: TensorView
    /// The weights' codes.
    public var codes: TensorView
    /// A scale for each block of codes.
    public var scales: TensorView
    /// The code of zero for each block.
    public var zeroPoints: TensorView?
    /// What is added to each column of the result.
    public var bias: TensorView?

    /// The tensors of a call.
    public init(
        a: TensorView,
        codes: TensorView,
        scales: TensorView,
        zeroPoints: TensorView? = nil,
        bias: TensorView? = nil
    ) {
        self.a = a
        self.codes = codes
        self.scales = scales
        self.zeroPoints = zeroPoints
        self.bias = bias
    }
}
