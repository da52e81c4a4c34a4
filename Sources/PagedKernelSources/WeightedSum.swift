internal import CPagedVector

/// The keys of a tile that some rows see: `begin ..< end` within the tile.
struct KeyRange {
    var begin: Int
    var end: Int
}

/// What a weighted sum of values reads and changes, from some channel on.
struct WeightedSum {
    /// Rows of float32 sums, `rowBytes` apart.
    let accumulators: UnsafeMutableRawPointer
    let rowBytes: Int
    /// Rows of weights, `tileKeys` floats apart.
    let weights: UnsafeRawPointer
    /// Where the values of each chunk are, keys being `stride` bytes apart.
    let chunks: UnsafeMutablePointer<UnsafeRawPointer?>
    let stride: Int
    let range: KeyRange

    /// Adds weight times value to four accumulator rows, for each key in the range in order.
    ///
    /// Sums of a channel run over keys one at a time, so that neither the number of rows nor the
    /// number of channels taken together changes them.
    @inline(__always)
    func addToFourRows<Format: ElementFormat>(_ format: Format.Type) {
        let width = lanes == 16 ? 4 : 2
        var channel = 0
        while (channel &+ width &* lanes) &* 4 <= rowBytes {
            addFour(format, vectors: width, channel, { Format.load($0) }, { pv_load($0) }) {
                pv_store($0, $1)
            }
            channel &+= width &* lanes
        }
        while (channel &+ lanes) &* 4 <= rowBytes {
            addFour(format, vectors: 1, channel, { Format.load($0) }, { pv_load($0) }) {
                pv_store($0, $1)
            }
            channel &+= lanes
        }
        if lanes == 16, channel &* 4 < rowBytes {
            addFour(format, vectors: 1, channel, { Format.loadHalf($0) }, { pv_load_half($0) }) {
                pv_store_half($0, $1)
            }
        }
    }

    /// The same for one accumulator row.
    @inline(__always)
    func addToOneRow<Format: ElementFormat>(_ format: Format.Type) {
        var channel = 0
        while (channel &+ 8 &* lanes) &* 4 <= rowBytes {
            addOne(format, vectors: 8, channel, { Format.load($0) }, { pv_load($0) }) {
                pv_store($0, $1)
            }
            channel &+= 8 &* lanes
        }
        while (channel &+ lanes) &* 4 <= rowBytes {
            addOne(format, vectors: 1, channel, { Format.load($0) }, { pv_load($0) }) {
                pv_store($0, $1)
            }
            channel &+= lanes
        }
        if lanes == 16, channel &* 4 < rowBytes {
            addOne(format, vectors: 1, channel, { Format.loadHalf($0) }, { pv_load_half($0) }) {
                pv_store_half($0, $1)
            }
        }
    }

    @inline(__always)
    private func addFour<Format: ElementFormat>(
        _ format: Format.Type,
        vectors: Int,
        _ channel: Int,
        _ loadValue: (UnsafeRawPointer) -> Vector,
        _ load: (UnsafeRawPointer) -> Vector,
        _ store: (UnsafeMutableRawPointer, Vector) -> Void
    ) {
        let sums = accumulators + channel &* 4
        var tile = zeroTile()
        unroll4(4) { r in
            unroll4(vectors) { v in
                tile[r &* vectors &+ v] = load(sums + r &* rowBytes + v &* lanes &* 4)
            }
        }
        forEachKey { key, base in
            let value = base + Format.bytes(channel)
            var values = zeroTile()
            unroll4(vectors) { v in values[v] = loadValue(value + Format.bytes(v &* lanes)) }
            unroll4(4) { r in
                let weight = splat(weight(row: r, key))
                unroll4(vectors) { v in
                    let i = r &* vectors &+ v
                    tile[i] = multiplyAdd(weight, values[v], tile[i])
                }
            }
        }
        unroll4(4) { r in
            unroll4(vectors) { v in
                store(sums + r &* rowBytes + v &* lanes &* 4, tile[r &* vectors &+ v])
            }
        }
    }

    @inline(__always)
    private func addOne<Format: ElementFormat>(
        _ format: Format.Type,
        vectors: Int,
        _ channel: Int,
        _ loadValue: (UnsafeRawPointer) -> Vector,
        _ load: (UnsafeRawPointer) -> Vector,
        _ store: (UnsafeMutableRawPointer, Vector) -> Void
    ) {
        let sums = accumulators + channel &* 4
        var tile = zeroTile()
        unroll16(vectors) { v in tile[v] = load(sums + v &* lanes &* 4) }
        forEachKey { key, base in
            let weight = splat(weight(row: 0, key))
            let value = base + Format.bytes(channel)
            unroll16(vectors) { v in
                let x = loadValue(value + Format.bytes(v &* lanes))
                tile[v] = multiplyAdd(weight, x, tile[v])
            }
        }
        unroll16(vectors) { v in store(sums + v &* lanes &* 4, tile[v]) }
    }

    @inline(__always) private func weight(row: Int, _ key: Int) -> Float {
        weights.load(fromByteOffset: (row &* tileKeys &+ key) &* 4, as: Float.self)
    }

    /// Calls `body` with each mapped key of the range and the address of its value.
    @inline(__always) private func forEachKey(_ body: (Int, UnsafeRawPointer) -> Void) {
        var key = range.begin
        while key < range.end {
            let chunk = key / chunkKeys
            let end = min(range.end, (chunk &+ 1) &* chunkKeys)
            if let base = chunks[chunk] {
                var value = base + (key & (chunkKeys &- 1)) &* stride
                while key < end {
                    body(key, value)
                    value += stride
                    key &+= 1
                }
            }
            key = end
        }
    }
}
