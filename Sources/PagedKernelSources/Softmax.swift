internal import CPagedVector
internal import PagedAttention

/// How logits, in units of ln 2, follow from dot products.
struct LogitRule {
    /// What a dot product is multiplied by: before the cap if there is one.
    let scale: Float
    /// 0: off.
    let softcap: Float

    @inline(__always) init(scale: Float, softcap: Float) {
        self.scale = softcap > 0 ? scale / softcap : scale * log2e
        self.softcap = softcap * log2e
    }
}

/// How far logits may rise above a row's maximum before its sums are brought to a new one: weights
/// stay below 2^12, and most tiles change no sum.
@inline(__always) var maximumSlack: Float { 12 }

/// Turns the dot products of one row with a tile's keys into weights, as the operand's sums of values
/// take them, and updates the row's state (online softmax).
///
/// Keys outside `range` and in chunks that are not mapped get weight 0. A tile in which the row sees
/// nothing leaves the state as it was.
@inline(__always)
func weigh<O: Operand>(
    _ operand: O.Type,
    _ logits: UnsafeMutableRawPointer,
    _ range: KeyRange,
    _ call: TileCall,
    _ states: RowStates,
    row: Int
) {
    if range.end <= tileKeys / 2 {
        weighHalf(operand, logits, range, call, states, row: row)
    } else {
        weighTile(operand, logits, range, call, states, row: row)
    }
}

@inline(never)
private func weighTile<O: Operand>(
    _ operand: O.Type,
    _ logits: UnsafeMutableRawPointer,
    _ range: KeyRange,
    _ call: TileCall,
    _ states: RowStates,
    row: Int
) {
    weigh(operand, vectors: tileKeys / lanes, logits, range, call, states, row: row)
}

/// The same where the row sees nothing of the second half.
@inline(never)
private func weighHalf<O: Operand>(
    _ operand: O.Type,
    _ logits: UnsafeMutableRawPointer,
    _ range: KeyRange,
    _ call: TileCall,
    _ states: RowStates,
    row: Int
) {
    weigh(operand, vectors: tileKeys / lanes / 2, logits, range, call, states, row: row)
    let rest = logits + O.weightBytes(tileKeys / 2)
    unroll8(O.weightBytes(tileKeys / 2) / vectorBytes) { v in
        pv_store(rest + v &* vectorBytes, splat(0))
    }
}

/// The same for the first vectors of logits.
@inline(__always)
private func weigh<O: Operand>(
    _ operand: O.Type,
    vectors: Int,
    _ logits: UnsafeMutableRawPointer,
    _ range: KeyRange,
    _ call: TileCall,
    _ states: RowStates,
    row: Int
) {
    var tile = zeroTile()
    unroll16(vectors) { v in
        tile[v] = logit(pv_load(logits + v &* vectorBytes), call.rule)
    }
    if range.begin > 0 || range.end < vectors &* lanes || call.mapped != 1 << tileChunks &- 1 {
        hide(&tile, vectors: vectors, range, mapped: call.mapped)
    }
    var largest = tile[0]
    unroll16(vectors) { v in largest = pv_maximum(tile[v], largest) }
    let maximum = states.maxima[row]
    let tileMaximum = pv_largest(largest)
    let isRaised = tileMaximum > maximum + maximumSlack || maximum == -.infinity
    // A row that has seen nothing has no maximum to be relative to; all its weights are 0.
    let newMaximum = isRaised && tileMaximum > maximum ? tileMaximum : maximum
    let shift = splat(newMaximum == -.infinity ? 0 : newMaximum)
    unroll16(vectors) { v in tile[v] = exponential2(tile[v] - shift) }
    var total = tile[0]
    unroll16(vectors) { v in if v > 0 { total = total + tile[v] } }
    store(operand, &tile, vectors: vectors, logits)
    var sum = states.sums[row]
    if newMaximum != maximum {
        let factor = pv_first(exponential2(splat(maximum) - shift))
        states.maxima[row] = newMaximum
        sum *= factor
        states.scale(row: row, by: factor)
    }
    states.sums[row] = sum + pv_sum(total)
}

@inline(__always) private func logit(_ product: Vector, _ rule: LogitRule) -> Vector {
    let x = product * splat(rule.scale)
    guard rule.softcap > 0 else { return x }
    return splat(rule.softcap) * hyperbolicTangent(x)
}

/// Makes the logits of keys that the row does not see minus infinity.
@inline(__always)
private func hide(_ tile: inout Tile, vectors: Int, _ range: KeyRange, mapped: Int) {
    let hidden = splat(-.infinity)
    let first = Int32(truncatingIfNeeded: range.begin)
    let last = Int32(truncatingIfNeeded: range.end)
    unroll16(vectors) { v in
        let offset = v &* lanes
        let isMapped = mapped & (1 << (offset / chunkKeys)) != 0
        let seen = pv_where_in_range(
            Int32(truncatingIfNeeded: offset),
            first,
            last,
            tile[v],
            hidden
        )
        tile[v] = isMapped ? seen : hidden
    }
}

@inline(__always)
private func store<O: Operand>(
    _ operand: O.Type,
    _ tile: inout Tile,
    vectors: Int,
    _ weights: UnsafeMutableRawPointer
) {
    if O.keysPerStep == 1 {
        unroll16(vectors) { v in pv_store(weights + v &* vectorBytes, tile[v]) }
    } else {
        unroll8(vectors / 2) { v in
            let pairs = pv_narrow_pairs(tile[2 &* v], tile[2 &* v &+ 1])
            pv_store(weights + v &* vectorBytes, pairs)
        }
    }
}
