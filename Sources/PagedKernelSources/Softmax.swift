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

/// Turns the dot products of one row with a tile's keys into weights, as the operand's sums of values
/// take them, and updates the row's state (online softmax).
///
/// Keys outside `range` and in chunks that are not mapped get weight 0. A tile in which the row sees
/// nothing leaves the state as it was.
///
/// - Parameters:
///   - first: the first row in progress.
///   - row: which one of them.
@inline(__always)
func weigh<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    row: Int,
    _ range: KeyRange
) {
    if range.end <= tileKeys / 2 {
        weighHalf(operand, call, scratch, first: first, row: row, range)
    } else {
        weighTile(operand, call, scratch, first: first, row: row, range)
    }
}

@inline(never)
private func weighTile<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    row: Int,
    _ range: KeyRange
) {
    weigh(operand, vectors: tileKeys / lanes, call, scratch, first: first, row: row, range)
}

/// The same where the row sees nothing of the second half.
@inline(never)
private func weighHalf<O: Operand>(
    _ operand: O.Type,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    row: Int,
    _ range: KeyRange
) {
    weigh(operand, vectors: tileKeys / lanes / 2, call, scratch, first: first, row: row, range)
    let half = O.weightBytes(tileKeys / 2)
    let rest = scratch.logits + (row &* tileKeys &* 4 &+ half)
    unroll8(half / vectorBytes) { v in pv_store(rest + v &* vectorBytes, splat(0)) }
}

@inline(__always)
private func weigh<O: Operand>(
    _ operand: O.Type,
    vectors: Int,
    _ call: TileCall,
    _ scratch: Scratch,
    first: Int,
    row: Int,
    _ range: KeyRange
) {
    let states = scratch.states
    let state = first &+ row
    let logits = scratch.logits + row &* tileKeys &* 4
    let unit = O.isInteger ? scratch.units[state] : 1
    let scale = splat(O.isInteger ? call.rule.scale * unit : call.rule.scale)
    var tile = zeroTile()
    unroll16(vectors) { v in
        tile[v] = logit(pv_load(logits + v &* vectorBytes) * scale, call.rule)
    }
    if range.begin > 0 || range.end < vectors &* lanes || call.mapped != 1 << tileChunks &- 1 {
        hide(&tile, vectors: vectors, range, mapped: call.mapped)
    }
    var largest = tile[0]
    unroll16(vectors) { v in largest = pv_maximum(tile[v], largest) }
    let tileMaximum = pv_largest(largest)
    let shift = states.raise(row: state, tileMaximum)
    if O.isInteger {
        let own = splat(tileMaximum == -.infinity ? 0 : tileMaximum)
        unroll16(vectors) { v in tile[v] = exponential2(tile[v] - own) }
        var step = pv_first(exponential2(splat(tileMaximum - shift))) / weightSteps
        // A query that is no number makes the row NaN, if it sees anything.
        if unit.isNaN, call.hasAny(of: range) { step = .nan }
        scratch.factors[row] = step * O.unit
        states.sums[state] += step * storeIntegers(&tile, vectors: vectors, logits)
    } else {
        unroll16(vectors) { v in tile[v] = exponential2(tile[v] - splat(shift)) }
        var total = tile[0]
        unroll16(vectors) { v in if v > 0 { total = total + tile[v] } }
        store(operand, &tile, vectors: vectors, logits)
        states.sums[state] += pv_sum(total)
    }
}

/// The weight of a tile's largest logit, as an integer.
@inline(__always) private var weightSteps: Float { 32767 }

/// Rounds weights, which are at most 1, to steps and stores them as pairs.
///
/// - Returns: their sum, in steps, exactly.
@inline(__always)
private func storeIntegers(
    _ tile: inout Tile,
    vectors: Int,
    _ weights: UnsafeMutableRawPointer
) -> Float {
    unroll16(vectors) { v in tile[v] = pv_to_integers(tile[v] * splat(weightSteps)) }
    var total = tile[0]
    unroll16(vectors) { v in if v > 0 { total = pv_plus_integers(total, tile[v]) } }
    unroll8(vectors / 2) { v in
        let pairs = pv_narrow_integers(tile[2 &* v], tile[2 &* v &+ 1])
        pv_store(weights + v &* vectorBytes, pairs)
    }
    return pv_sum(pv_from_integers(total))
}

@inline(__always) private func logit(_ x: Vector, _ rule: LogitRule) -> Vector {
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
