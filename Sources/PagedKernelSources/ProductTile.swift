internal import CPagedVector
internal import PagedAttention

/// As many neighbouring columns of B as a vector has lanes, and where what they need is in scratch memory.
///
///     columns     where each column's codes begin; beyond the last column, the last one's
///     scales      a vector of the columns' scales for each chunk
///     zeroPoints  a vector of the columns' codes of zero for each chunk; absent where they are 8
///     codes       four vectors of codes for each chunk, where many rows share them
///     sums        a vector for each row that is computed together
struct ProductTile {
    let task: UnsafePointer<MatMulNBitsTask>
    let first: Int
    let chunkCount: Int
    let columns: UnsafeMutablePointer<UnsafeRawPointer?>
    let scales: UnsafeMutableRawPointer
    let zeroPoints: UnsafeMutableRawPointer?
    let codes: UnsafeMutableRawPointer
    let sums: UnsafeMutableRawPointer
    /// What is read soon, in the order in which it lies: codes and scales, some tiles on.
    let comingCodes: UnsafeRawPointer
    let comingScales: UnsafeRawPointer
    let scaleBytes: Int

    /// How far ahead codes are asked for: memory takes about as long as a tile of so many bytes.
    private static var distance: Int { 16384 }

    @inline(__always)
    init(
        _ task: UnsafePointer<MatMulNBitsTask>,
        first: Int,
        _ scratch: UnsafeMutableRawPointer
    ) {
        self.task = task
        self.first = first
        chunkCount = task.pointee.chunkCount
        let perChunk = chunkCount &* vectorBytes
        columns = scratch.assumingMemoryBound(to: UnsafeRawPointer?.self)
        sums = scratch + 16 &* 8
        scales = sums + rowPadding &* vectorBytes
        codes = scales + perChunk
        zeroPoints = task.pointee.zeroPoints == nil ? nil : codes + 4 &* perChunk
        let bytes = lanes &* task.pointee.columnBytes
        let ahead = (Self.distance &+ bytes &- 1) / bytes
        let coming = first &+ ahead &* lanes
        comingCodes = task.pointee.codes + coming &* task.pointee.columnBytes
        let perColumn = task.pointee.blockCount &* (task.pointee.activation == .float32 ? 4 : 2)
        comingScales = task.pointee.scales + coming &* perColumn
        scaleBytes = lanes &* perColumn
    }

    /// The memory that a tile takes, or a block of a row.
    @inline(__always)
    static func byteCount(_ task: UnsafePointer<MatMulNBitsTask>) -> Int {
        let vectors = rowPadding &+ task.pointee.chunkCount &* 6
        return max(16 &* 8 &+ vectors &* vectorBytes, 4 &* task.pointee.blockSize)
    }

    /// Columns that there are.
    @inline(__always) var columnCount: Int { min(lanes, task.pointee.columnCount &- first) }

    /// The column of a lane.
    @inline(__always) func column(_ lane: Int) -> Int { first &+ min(lane, columnCount &- 1) }

    /// Finds the columns, and lays out their scales and zero points.
    @inline(__always)
    func prepare<Format: ActivationFormat>(_ format: Format.Type) {
        point(to: task.pointee.scales, stride: Format.bytes(task.pointee.blockCount))
        layOutScales(format)
        if let zeroPoints { layOutZeroPoints(zeroPoints) }
        point(to: task.pointee.codes, stride: task.pointee.columnBytes)
    }

    /// Has `columns` begin at `base`, `stride` bytes apart.
    @inline(__always)
    private func point(to base: UnsafeRawPointer, stride: Int) {
        var lane = 0
        while lane < lanes {
            columns[lane] = base + column(lane) &* stride
            lane &+= 1
        }
    }

    /// Four blocks at a time; the last four overlap those before them.
    @inline(__always)
    private func layOutScales<Format: ActivationFormat>(_ format: Format.Type) {
        let count = task.pointee.blockCount
        guard count >= 4 else {
            layOut(scales) { column, block in
                let address = task.pointee.scales + Format.bytes(column &* count &+ block)
                let bits =
                    Format.bits == 32
                    ? address.loadUnaligned(as: UInt32.self)
                    : UInt32(address.loadUnaligned(as: UInt16.self))
                return Format.value(ofBits: bits).bitPattern
            }
            return
        }
        var block = 0
        while block < count {
            let first = min(block, count &- 4)
            let a = Format.loadColumns(columns, 0, Format.bytes(first))
            let b = Format.loadColumns(columns, 1, Format.bytes(first))
            let c = Format.loadColumns(columns, 2, Format.bytes(first))
            let d = Format.loadColumns(columns, 3, Format.bytes(first))
            unroll4(4) { i in store(pv_column_words(a, b, c, d, i), block: first &+ i, scales) }
            block &+= 4
        }
    }

    /// Eight blocks at a time; the last eight overlap those before them.
    @inline(__always)
    private func layOutZeroPoints(_ target: UnsafeMutableRawPointer) {
        guard let zeroPoints = task.pointee.zeroPoints else { return }
        let bytes = (task.pointee.blockCount &+ 1) / 2
        guard bytes >= 4 else {
            layOut(target) { column, block in
                let byte = (zeroPoints + (column &* bytes &+ block / 2)).load(as: UInt8.self)
                return UInt32(block & 1 == 0 ? byte & 15 : byte &>> 4)
            }
            return
        }
        point(to: zeroPoints, stride: bytes)
        var byte = 0
        while byte < bytes {
            let first = min(byte, bytes &- 4)
            let words = pv_load_words(columns, first)
            var block = 2 &* first
            while block < min(2 &* first &+ 8, task.pointee.blockCount) {
                store(pv_code_of_word(words, block &- 2 &* first), block: block, target)
                block &+= 1
            }
            byte &+= 4
        }
    }

    /// Stores what a block has for each of its chunks.
    @inline(__always)
    private func store(_ value: Vector, block: Int, _ target: UnsafeMutableRawPointer) {
        let chunks = task.pointee.blockSize / chunkSize
        var chunk = block &* chunks
        while chunk < (block &+ 1) &* chunks {
            pv_store(target + chunk &* vectorBytes, value)
            chunk &+= 1
        }
    }

    /// Stores the bits of one lane after the other, for each chunk.
    @inline(__always)
    private func layOut(_ target: UnsafeMutableRawPointer, _ bits: (Int, Int) -> UInt32) {
        let chunks = task.pointee.blockSize / chunkSize
        var chunk = 0
        while chunk < chunkCount {
            var lane = 0
            while lane < lanes {
                let value = bits(column(lane), chunk / chunks)
                let offset = chunk &* vectorBytes &+ 4 &* lane
                target.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
                lane &+= 1
            }
            chunk &+= 1
        }
    }

    /// Asks for a chunk's share of what is read soon.
    @inline(__always)
    func prefetch(_ chunk: Int) {
        let codes = comingCodes + chunk &* (16 &* lanes)
        unroll4(lanes / 4) { pv_prefetch(codes + 64 &* $0) }
        if 64 &* chunk < scaleBytes { pv_prefetch(comingScales + 64 &* chunk) }
    }

    /// Copies the codes in the order of the products.
    @inline(__always)
    func pack() {
        var chunk = 0
        while chunk < chunkCount {
            let words = ColumnCodes.load(self, chunk)
            unroll4(4) { i in pv_store(codes + (4 &* chunk &+ i) &* vectorBytes, words[i]) }
            chunk &+= 1
        }
    }
}
