internal import PagedAttention

/// How a call of `MatMulNBits` is cut. Results do not depend on it.
struct MatMulNBitsPlan {
    /// Rows that are brought to 8-bit numbers, then multiplied, together.
    let rowsTogether: Int
    /// Memory of that many rows.
    let rowsByteCount: Int
    /// Columns of an item of work.
    let columnsPerItem: Int
    /// Whether other threads would come too late to help.
    let quantisesSerially: Bool
    let multipliesSerially: Bool

    /// Rows that share a packed copy of the weights stay in the second-level cache with it.
    private static let rowsByteLimit = 384 << 10
    /// Columns that any kernel takes at a time.
    private static let tileColumns = 16
    /// Bytes of weights of an item at least: between items, memory is not asked ahead.
    private static let itemBytes = 64 << 10
    /// Products that take about as long as waking a thread.
    private static let serialLimit = 1 << 18
    /// Numbers that are rounded in that time.
    private static let serialNumbers = 1 << 13

    init(_ shape: MatMulNBitsShape, _ attributes: MatMulNBitsAttributes, threadCount: Int) {
        let codes = attributes.blockCount * attributes.blockSize
        let rowBytes = MatMulNBitsTask.rowBytes(chunkCount: codes / MatMulNBitsTask.chunkSize)
        let limit = Self.padded(max(Self.rowsByteLimit / rowBytes, 1))
        rowsTogether = min(Self.padded(shape.rowCount), limit)
        rowsByteCount = rowsTogether * rowBytes
        let tiles = (attributes.columnCount + Self.tileColumns - 1) / Self.tileColumns
        let least = Self.itemBytes / (Self.tileColumns * codes / 2) + 1
        columnsPerItem = Self.tileColumns * max(least, tiles / (8 * threadCount))
        let rows = min(shape.rowCount, rowsTogether)
        quantisesSerially = rows * codes < Self.serialNumbers
        multipliesSerially =
            saturatingProduct(saturatingProduct(codes, attributes.columnCount), rows)
            < Self.serialLimit
    }

    /// Rows with those that fill them up.
    static func padded(_ rows: Int) -> Int {
        let unit = MatMulNBitsTask.rowPadding
        return (rows + unit - 1) / unit * unit
    }
}
