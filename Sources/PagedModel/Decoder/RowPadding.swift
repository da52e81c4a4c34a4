/// When a step gets one more row, so that no row's result depends on how many others there are.
///
/// Some matrix multiplications of ONNX Runtime compute a single row with another kernel than
/// several rows: sums are taken in another order, and a greedy token near a tie flips. On the
/// machines measured, 4-bit `MatMulNBits` does so for 1 row, and for a last row left alone by its
/// tiles of 128 rows; float `MatMul` and `Gemm` with constant weights and 8-bit `MatMulNBits` with
/// accuracy level 4 do not. Whether a model is one of those is measured when it is loaded: see
/// ``PagedDecoderModel``.
///
/// The row belongs to a sequence of one token without any mapped block: the operator stores nothing
/// for it and its attention is zero.
enum RowPadding {
    /// Rows that ONNX Runtime's quantised multiplication handles as one tile.
    static let tileRows = 128

    /// Whether `rows` rows would leave one row alone in a tile.
    static func leavesRowAlone(_ rows: Int) -> Bool {
        rows % tileRows == 1
    }
}
