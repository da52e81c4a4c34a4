internal import PagedAttention
internal import PagedKernelsBaseline

/// A call of `MatMulNBits`, as `MatMulNBitsOperator` runs it on one thread.
struct Product {
    let inputs: MatMulNBitsInputs
    let output: TensorView
    let attributes: MatMulNBitsAttributes

    func run() {
        let functions = Kernels.products()
        let pool = ScratchPool()
        let count = inputs.a.shape[0]
        let unit = MatMulNBitsTask.rowPadding
        let padded = (count + unit - 1) / unit * unit
        let chunks = attributes.blockCount * attributes.blockSize / MatMulNBitsTask.chunkSize
        let size = padded * MatMulNBitsTask.rowBytes(chunkCount: chunks)
        pool.withMemory(byteCount: size) { rows in
            let task = MatMulNBitsTask(
                inputs,
                output: output,
                attributes,
                firstRow: 0,
                rowCount: count,
                rows: rows,
                columnsPerItem: 16
            )
            withUnsafePointer(to: task) { task in
                pool.withMemory(byteCount: functions.scratchSize(task)) { memory in
                    for row in 0..<padded { functions.quantise(task, row, memory) }
                    for item in 0..<task.pointee.itemCount {
                        functions.multiply(task, item, memory)
                    }
                }
            }
        }
    }
}
