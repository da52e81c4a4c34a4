/// Everything that a kernel needs for some rows of one call of `MatMulNBits`: plain numbers and
/// addresses, read by every thread.
///
/// Rows of A are brought to 8-bit numbers first. A row of them, `rowBytes` long, serves every
/// instruction set; a chunk is 32 channels, the last ones zero where K ends within a block:
///
///     chunks x 32 bytes   of a chunk's channels, those of even number, then the odd ones
///     chunks x Int32      what a chunk's sum of products starts from: -8 times the sum of its numbers,
///                         or, where columns have zero points, the negative sum in 16 bits
///     chunks x Float      a chunk's scale
package struct MatMulNBitsTask {
    /// The rows of A, the weights and the result's rows.
    package let a: UnsafeRawPointer
    package let codes: UnsafeRawPointer
    package let scales: UnsafeRawPointer
    package let zeroPoints: UnsafeRawPointer?
    package let bias: UnsafeRawPointer?
    package let output: UnsafeMutableRawPointer
    /// The rows as 8-bit numbers.
    package let rows: UnsafeMutableRawPointer
    /// The type of A, the scales, the bias and the result.
    package let activation: ElementType
    package let rowCount: Int
    package let rowSize: Int
    package let columnCount: Int
    package let blockSize: Int
    package let blockCount: Int
    /// Chunks of a row, of whole blocks.
    package let chunkCount: Int
    /// Bytes of a row of 8-bit numbers, and of a column of codes.
    package let rowBytes: Int
    package let columnBytes: Int
    /// Columns that an item of work has at most.
    package let columnsPerItem: Int

    /// A task over `rowCount` rows from `firstRow` on.
    ///
    /// - Parameters:
    ///   - rows: room for ``rowBytes`` of each row, a multiple of ``rowPadding``.
    ///   - columnsPerItem: a multiple of 16.
    package init(
        _ inputs: MatMulNBitsInputs,
        output: TensorView,
        _ attributes: MatMulNBitsAttributes,
        firstRow: Int,
        rowCount: Int,
        rows: UnsafeMutableRawPointer,
        columnsPerItem: Int
    ) {
        let bytes = inputs.a.elementType.byteCount
        a = UnsafeRawPointer(inputs.a.base) + firstRow * attributes.rowSize * bytes
        codes = UnsafeRawPointer(inputs.codes.base)
        scales = UnsafeRawPointer(inputs.scales.base)
        zeroPoints = inputs.zeroPoints.map { UnsafeRawPointer($0.base) }
        bias = inputs.bias.map { UnsafeRawPointer($0.base) }
        self.output = output.base + firstRow * attributes.columnCount * bytes
        self.rows = rows
        activation = inputs.a.elementType
        self.rowCount = rowCount
        rowSize = attributes.rowSize
        columnCount = attributes.columnCount
        blockSize = attributes.blockSize
        blockCount = attributes.blockCount
        chunkCount = blockCount * (blockSize / Self.chunkSize)
        rowBytes = Self.rowBytes(chunkCount: chunkCount)
        columnBytes = blockCount * blockSize / 2
        self.columnsPerItem = columnsPerItem
    }

    /// Rows that are computed together; missing ones are zero.
    package static let rowPadding = 8
    /// Channels of a chunk.
    package static let chunkSize = 32

    /// Items of work that multiply.
    package var itemCount: Int { (columnCount + columnsPerItem - 1) / columnsPerItem }

    /// Bytes of a row of so many chunks, in whole cache lines.
    package static func rowBytes(chunkCount: Int) -> Int { (chunkCount * 40 + 63) / 64 * 64 }
}

/// The entry points of `MatMulNBits` for one instruction set; see ``KernelFunctions``. `task` points to a
/// ``MatMulNBitsTask``.
package struct MatMulNBitsFunctions: Sendable {
    /// `(task, row, scratch)`: brings a row of A to 8-bit numbers; clears one beyond the last.
    package let quantise: KernelFunctions.Attend
    /// `(task, item, scratch)`: the columns of one item, after every row.
    package let multiply: KernelFunctions.Attend
    /// `(task)`: bytes of the scratch memory of each thread.
    package let scratchSize: KernelFunctions.Size

    /// The entry points of one module.
    package init(
        quantise: @escaping KernelFunctions.Attend,
        multiply: @escaping KernelFunctions.Attend,
        scratchSize: @escaping KernelFunctions.Size
    ) {
        self.quantise = quantise
        self.multiply = multiply
        self.scratchSize = scratchSize
    }
}
