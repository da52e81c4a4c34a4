internal import CPagedVector

/// A weighted sum of the values of a tile where they are.
struct InPlaceSum {
    /// Rows of float32 sums, and of weights.
    private let accumulators: UnsafeMutableRawPointer
    private let weights: UnsafeRawPointer
    private let factors: UnsafePointer<Float>
    private let call: TileCall
    private let width: Int
    private let zeros: UnsafeRawPointer
    private let range: KeyRange

    /// The sum that belongs to the rows from `row` on, whose weights are from `weightRow` on.
    @inline(__always)
    init(_ call: TileCall, _ scratch: Scratch, row: Int, weightRow: Int, _ range: KeyRange) {
        accumulators = scratch.states.accumulators + row &* scratch.width &* 4
        weights = UnsafeRawPointer(scratch.logits + weightRow &* tileKeys &* 4)
        factors = UnsafePointer(scratch.factors) + weightRow
        self.call = call
        width = scratch.width
        zeros = UnsafeRawPointer(scratch.zeros)
        self.range = range
    }

    /// Adds weight times value to the sums of one row.
    @inline(never) func addOneRow<O: Operand>(_ operand: O.Type) {
        add(operand, OneRow.self)
    }

    /// Adds weight times value to the rows' sums, for each key in the range in order.
    ///
    /// Sums of a channel run over keys one (or a pair) at a time, so that neither the number of rows
    /// nor the number of channels taken together changes them.
    @inline(__always) func add<O: Operand, R: RowCount>(_ operand: O.Type, _ rows: R.Type) {
        let most = lanes == 16 ? 16 : 8
        let vectors = max(min(most / R.rows, 8), O.keysPerStep)
        let least = O.keysPerStep
        let channels = call.valueHeadSize
        var channel = 0
        while channel &+ vectors &* lanes <= channels {
            add(operand, rows, vectors: vectors, channel) { O.load($0) }
            channel &+= vectors &* lanes
        }
        while channel &+ least &* lanes <= channels {
            add(operand, rows, vectors: least, channel) { O.load($0) }
            channel &+= least &* lanes
        }
        if channel < channels {
            // A value head that is part of a longer key has whole vectors to read; its rest is ignored.
            let count = (channels &- channel &+ 7) & ~7
            add(operand, rows, vectors: least, channel) {
                count < O.channels ? O.loadPart($0, count: count) : O.load($0)
            }
        }
    }

    @inline(__always)
    private func add<O: Operand, R: RowCount>(
        _ operand: O.Type,
        _ rows: R.Type,
        vectors: Int,
        _ channel: Int,
        _ load: (UnsafeRawPointer) -> Vector
    ) {
        let sums = accumulators + channel &* 4
        var tile = zeroTile()
        unroll8(R.rows) { r in
            unroll8(vectors) { v in
                if r &* vectors &+ v < 16, !O.isInteger {
                    tile[r &* vectors &+ v] = pv_load(sums + (r &* width &+ v &* lanes) &* 4)
                }
            }
        }
        let bytes = KeyRange(O.bytes(channel), O.bytes(channel &+ vectors &* lanes))
        forEachStep(operand, bytes) { step, first, second in
            let values = loadValues(operand, vectors: vectors, first, second, load)
            unroll8(R.rows) { r in
                let place = (r &* tileKeys &+ step) &* 4
                let weight = pv_load_lane(weights + place)
                unroll8(vectors) { v in
                    let i = r &* vectors &+ v
                    if i < 16 { tile[i] = O.add(weight, values[v], tile[i]) }
                }
            }
        }
        unroll8(R.rows) { r in
            unroll8(vectors) { v in
                let place = sums + (r &* width &+ v &* lanes) &* 4
                if r &* vectors &+ v < 16 {
                    O.store(tile[r &* vectors &+ v], factors[r], place)
                }
            }
        }
    }

    /// Vectors of values of one key, or of two keys side by side.
    @inline(__always)
    private func loadValues<O: Operand>(
        _ operand: O.Type,
        vectors: Int,
        _ first: UnsafeRawPointer,
        _ second: UnsafeRawPointer,
        _ load: (UnsafeRawPointer) -> Vector
    ) -> Tile {
        var values = zeroTile()
        if O.keysPerStep == 1 {
            unroll8(vectors) { v in values[v] = load(first + O.bytes(v &* lanes)) }
        } else {
            unroll4(vectors / 2) { v in
                let a = load(first + O.bytes(2 &* v &* lanes))
                let b = load(second + O.bytes(2 &* v &* lanes))
                values[2 &* v] = pv_pairs_low(a, b)
                values[2 &* v &+ 1] = pv_pairs_high(a, b)
            }
        }
        return values
    }

    /// Calls `body` with each step of the range: its number and the addresses of its keys' values. Of
    /// a pair that is only half in the range the other half is zero.
    @inline(__always)
    private func forEachStep<O: Operand>(
        _ operand: O.Type,
        _ bytes: KeyRange,
        _ body: (Int, UnsafeRawPointer, UnsafeRawPointer) -> Void
    ) {
        var key = range.begin / O.keysPerStep &* O.keysPerStep
        while key < range.end {
            let chunk = key / chunkKeys
            let end = min(range.end, (chunk &+ 1) &* chunkKeys)
            if let base = call.tile.values[chunk] {
                let stride = call.stride
                var value =
                    base + (key & (chunkKeys &- 1)) &* stride + (call.headOffset &+ bytes.begin)
                while key < end {
                    unroll4(O.keysPerStep) { call.prefetch(call.next.values, key &+ $0, bytes) }
                    if O.keysPerStep == 1 {
                        body(key, value, value)
                    } else {
                        let first = key >= range.begin ? value : zeros
                        let second = key &+ 1 < range.end ? value + stride : zeros
                        body(key / 2, first, second)
                    }
                    value += O.keysPerStep &* stride
                    key &+= O.keysPerStep
                }
            }
            key = (chunk &+ 1) &* chunkKeys
        }
    }
}
