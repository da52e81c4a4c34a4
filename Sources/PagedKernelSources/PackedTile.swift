internal import CPagedVector
internal import PagedAttention

/// A copy of one head's keys and values of a tile, in the order in which many rows read it.
///
/// Keys, in blocks of `lanes`: for each group of 4 lanes of a query vector (a quarter) 4 vectors,
/// quarter a of vector n being that group of key 4 a + n. A dot product of one quarter of a query with
/// them leaves sums of quarters, which `sums` adds in the same tree.
///
/// Values: a row of float32 for each key, or of pairs for each two keys.
struct PackedTile {
    let keys: UnsafeMutableRawPointer
    let values: UnsafeMutableRawPointer
    /// Vectors of a query.
    let vectors: Int
    /// Channels of a row of sums.
    let width: Int
    /// Whether all values are: only then may one that a row does not see be multiplied by 0.
    var isFinite = true

    @inline(__always) init<O: Operand>(_ operand: O.Type, _ call: TileCall, _ scratch: Scratch) {
        keys = scratch.keyTile
        values = scratch.valueTile
        vectors = O.vectors(call.headSize)
        width = scratch.width
    }

    /// Bytes of a block of keys.
    @inline(__always) var blockBytes: Int { vectors &* lanes &* vectorBytes }

    /// Bytes of a row of values.
    @inline(__always) var rowBytes: Int { width &* 4 }

    /// Copies the keys and values in `range`; the rest of the blocks that hold it becomes zero.
    @inline(__always)
    mutating func fill<O: Operand>(
        _ operand: O.Type,
        _ call: TileCall,
        _ range: KeyRange,
        zeros: UnsafeRawPointer
    ) {
        let rows = TileRows(call, range, zeros: zeros)
        var block = range.begin / lanes
        while block &* lanes < range.end {
            fillKeys(operand, call, rows, block: block)
            block &+= 1
        }
        var largest = splat(0)
        var key = range.begin / O.keysPerStep &* O.keysPerStep
        while key < range.end {
            let value = (rows.value(key), rows.value(key &+ O.keysPerStep &- 1))
            let target = values + key / O.keysPerStep &* rowBytes
            fillValues(operand, call, value, target, &largest)
            key &+= O.keysPerStep
        }
        if O.mayBeInfinite {
            isFinite =
                (O.keysPerStep == 1
                    ? pv_is_below_infinity(largest) : pv_pairs_are_below_infinity(largest)) != 0
        }
    }

    @inline(__always)
    private func fillKeys<O: Operand>(
        _ operand: O.Type,
        _ call: TileCall,
        _ rows: TileRows,
        block: Int
    ) {
        var n = 0
        while n < 4 {
            let first = block &* lanes &+ n
            let a = rows.key(first)
            let b = quarters > 1 ? rows.key(first &+ 4) : a
            let c = quarters > 2 ? rows.key(first &+ 8) : a
            let d = quarters > 2 ? rows.key(first &+ 12) : a
            unroll4(quarters) { q in
                let key = first &+ 4 &* q
                call.prefetch(call.next.keys, key, KeyRange(0, call.headBytes))
                call.prefetch(call.next.values, key, KeyRange(0, call.headBytes))
            }
            var target = keys + block &* blockBytes + n &* vectorBytes
            var channel = 0
            while channel < call.headSize {
                let offset = O.bytes(channel)
                let count = call.headSize &- channel
                pv_store_transposed(
                    target,
                    4 &* vectorBytes,
                    O.loadOrPart(a + offset, count: count),
                    O.loadOrPart(b + offset, count: count),
                    O.loadOrPart(c + offset, count: count),
                    O.loadOrPart(d + offset, count: count)
                )
                target += lanes &* vectorBytes
                channel &+= O.channels
            }
            n &+= 1
        }
    }

    @inline(__always)
    private func fillValues<O: Operand>(
        _ operand: O.Type,
        _ call: TileCall,
        _ value: (UnsafeRawPointer, UnsafeRawPointer),
        _ target: UnsafeMutableRawPointer,
        _ largest: inout Vector
    ) {
        let size = min((call.valueHeadSize &+ 7) & ~7, width)
        var channel = 0
        while channel < size {
            let offset = O.bytes(channel)
            let count = size &- channel
            let a = O.loadOrPart(value.0 + offset, count: count)
            if O.keysPerStep == 1 {
                pv_store(target + channel &* 4, a)
                if O.mayBeInfinite { largest = pv_fold_bits(largest, a) }
            } else {
                let b = O.loadOrPart(value.1 + offset, count: count)
                pv_store(target + channel &* 4, pv_pairs_low(a, b))
                pv_store(target + channel &* 4 + vectorBytes, pv_pairs_high(a, b))
                if O.mayBeInfinite {
                    largest = pv_fold_pair_bits(pv_fold_pair_bits(largest, a), b)
                }
            }
            channel &+= O.channels
        }
    }
}

/// The rows of a tile's keys and values: a row of zeros for those that are not there.
private struct TileRows {
    let tile: KeyTile
    let stride: Int
    let headOffset: Int
    let range: KeyRange
    let zeros: UnsafeRawPointer

    @inline(__always)
    init(_ call: TileCall, _ range: KeyRange, zeros: UnsafeRawPointer) {
        tile = call.tile
        stride = call.stride
        headOffset = call.headOffset
        self.range = range
        self.zeros = zeros
    }

    @inline(__always) func key(_ key: Int) -> UnsafeRawPointer { row(tile.keys, key) }

    @inline(__always) func value(_ key: Int) -> UnsafeRawPointer { row(tile.values, key) }

    @inline(__always)
    private func row(_ chunks: UnsafeMutablePointer<UnsafeRawPointer?>, _ key: Int)
        -> UnsafeRawPointer
    {
        guard key >= range.begin, key < range.end, let base = chunks[key / chunkKeys] else {
            return zeros
        }
        return base + (key & (chunkKeys &- 1)) &* stride + headOffset
    }
}
