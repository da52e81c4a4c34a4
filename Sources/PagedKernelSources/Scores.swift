internal import CPagedVector

// Dot products of query rows with keys. Each is a sum over channels in every lane, then over lanes in
// a fixed tree: the same arithmetic for one row as for four.

/// Dot products of four query rows with `lanes / 4` keys. Rows of the result are `tileKeys` floats
/// apart.
@inline(__always)
func scoreFourRows<Format: ElementFormat>(
    _ format: Format.Type,
    _ query: UnsafeRawPointer,
    _ key: UnsafeRawPointer,
    keyStride: Int,
    channels: Int,
    _ result: UnsafeMutableRawPointer
) {
    var tile = zeroTile()
    let queryStride = channels &* 4
    var channel = 0
    while channel &+ lanes <= channels {
        addFourRows(&tile, query + channel &* 4, queryStride, { Float32Format.load($0) }) {
            Format.load(key + $0 &* keyStride + Format.bytes(channel))
        }
        channel &+= lanes
    }
    if lanes == 16, channel < channels {
        addFourRows(&tile, query + channel &* 4, queryStride, { Float32Format.loadHalf($0) }) {
            Format.loadHalf(key + $0 &* keyStride + Format.bytes(channel))
        }
    }
    pv_store_4_rows(result, tileKeys &* 4, sums(tile))
}

/// Dot products of one query row with `lanes` keys.
@inline(__always)
func scoreOneRow<Format: ElementFormat>(
    _ format: Format.Type,
    _ query: UnsafeRawPointer,
    _ key: UnsafeRawPointer,
    keyStride: Int,
    channels: Int,
    _ result: UnsafeMutableRawPointer
) {
    var tile = zeroTile()
    var channel = 0
    while channel &+ lanes <= channels {
        let x = pv_load(query + channel &* 4)
        unroll16(lanes) { k in
            let y = Format.load(key + k &* keyStride + Format.bytes(channel))
            tile[k] = multiplyAdd(x, y, tile[k])
        }
        channel &+= lanes
    }
    if lanes == 16, channel < channels {
        let x = pv_load_half(query + channel &* 4)
        unroll16(lanes) { k in
            let y = Format.loadHalf(key + k &* keyStride + Format.bytes(channel))
            tile[k] = multiplyAdd(x, y, tile[k])
        }
    }
    pv_store(result, sums(tile))
}

@inline(__always)
private func addFourRows(
    _ tile: inout Tile,
    _ query: UnsafeRawPointer,
    _ queryStride: Int,
    _ loadQuery: (UnsafeRawPointer) -> Vector,
    _ loadKey: (Int) -> Vector
) {
    let keys = lanes / 4
    unroll4(keys) { k in
        let y = loadKey(k)
        unroll4(4) { r in
            let i = r &* keys &+ k
            tile[i] = multiplyAdd(loadQuery(query + r &* queryStride), y, tile[i])
        }
    }
}
