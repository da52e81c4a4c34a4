internal import CPagedVector
internal import PagedAttention

/// Channels of a chunk, and rows that a call has a multiple of: as `MatMulNBitsTask` says, here as constants.
@inline(__always) var chunkSize: Int { 32 }
@inline(__always) var rowPadding: Int { 8 }

/// A row of 8-bit numbers: see `MatMulNBitsTask`.
struct ProductRow {
    let numbers: UnsafeMutableRawPointer
    let starts: UnsafeMutableRawPointer
    let scales: UnsafeMutableRawPointer

    @inline(__always) init(_ task: UnsafePointer<MatMulNBitsTask>, row: Int) {
        numbers = task.pointee.rows + row &* task.pointee.rowBytes
        starts = numbers + task.pointee.chunkCount &* chunkSize
        scales = starts + task.pointee.chunkCount &* 4
    }
}

/// Brings a row of A to 8-bit numbers, block by block; clears one beyond the last.
@inline(__always)
func quantiseRow(
    _ task: UnsafePointer<MatMulNBitsTask>,
    _ row: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    if row >= task.pointee.rowCount {
        clear(task.pointee.rows + row &* task.pointee.rowBytes, byteCount: task.pointee.rowBytes)
        return
    }
    switch task.pointee.activation {
    case .float16: quantiseRow(Float16Format.self, task, row, scratch)
    case .bfloat16: quantiseRow(BFloat16Format.self, task, row, scratch)
    default: quantiseRow(Float32Format.self, task, row, scratch)
    }
}

@inline(never)
private func quantiseRow<Format: ActivationFormat>(
    _ format: Format.Type,
    _ task: UnsafePointer<MatMulNBitsTask>,
    _ index: Int,
    _ scratch: UnsafeMutableRawPointer
) {
    let size = task.pointee.blockSize
    let row = ProductRow(task, row: index)
    let source = task.pointee.a + Format.bytes(index &* task.pointee.rowSize)
    var block = 0
    while block < task.pointee.blockCount {
        let first = block &* size
        let count = min(size, task.pointee.rowSize &- first)
        var values = source + Format.bytes(first)
        if count < size {
            // The rest of the block belongs to the next row, or to nobody.
            clear(scratch, byteCount: Format.bytes(size))
            scratch.copyMemory(from: values, byteCount: Format.bytes(count))
            values = UnsafeRawPointer(scratch)
        }
        quantiseBlock(format, values, row, chunk: first / chunkSize, task)
        block &+= 1
    }
}

@inline(__always)
private func quantiseBlock<Format: ActivationFormat>(
    _ format: Format.Type,
    _ values: UnsafeRawPointer,
    _ row: ProductRow,
    chunk first: Int,
    _ task: UnsafePointer<MatMulNBitsTask>
) {
    var folded = splat(0)
    var channel = 0
    while channel < task.pointee.blockSize {
        folded = pv_fold_bits(folded, Format.load(values + Format.bytes(channel)))
        channel &+= lanes
    }
    let isFinite = pv_is_below_infinity(folded) != 0
    let largest = isFinite ? pv_largest(folded) : 0
    let factor = 127 / largest
    // What is no number makes the whole row none; a block of zeros needs no factor.
    let isPlain = factor < .infinity
    let scale = isFinite ? (isPlain ? largest / 127 : 0) : .nan
    var chunk = first
    while chunk < first &+ task.pointee.blockSize / chunkSize {
        let source = values + Format.bytes((chunk &- first) &* chunkSize)
        let sum = isPlain ? storeNumbers(format, source, row, chunk, factor) : clear(row, chunk)
        let start = task.pointee.zeroPoints == nil ? -8 &* sum : -sum & 0xffff
        row.starts.storeBytes(of: start, toByteOffset: 4 &* chunk, as: Int32.self)
        row.scales.storeBytes(of: scale, toByteOffset: 4 &* chunk, as: Float.self)
        chunk &+= 1
    }
}

/// Stores the numbers of a chunk, and returns their sum.
@inline(__always)
private func storeNumbers<Format: ActivationFormat>(
    _ format: Format.Type,
    _ source: UnsafeRawPointer,
    _ row: ProductRow,
    _ chunk: Int,
    _ factor: Float
) -> Int32 {
    let target = row.numbers + chunk &* chunkSize
    var sum = splat(0)
    var channel = 0
    while channel < chunkSize {
        let a = pv_nearest(Format.load(source + Format.bytes(channel)) * splat(factor))
        let b = pv_nearest(Format.load(source + Format.bytes(channel &+ lanes)) * splat(factor))
        sum = sum + (a + b)
        let even = target + channel / 2
        pv_store_split_bytes(even, even + chunkSize / 2, a, b)
        channel &+= 2 &* lanes
    }
    return Int32(pv_sum(sum))
}

@inline(__always)
private func clear(_ row: ProductRow, _ chunk: Int) -> Int32 {
    clear(row.numbers + chunk &* chunkSize, byteCount: chunkSize)
    return 0
}

/// Sets memory of whole 16 bytes to zero.
@inline(__always)
private func clear(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    var offset = 0
    while offset < byteCount {
        memory.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
        offset &+= 8
    }
}
