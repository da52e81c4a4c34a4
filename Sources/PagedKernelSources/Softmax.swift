internal import CPagedVector
internal import PagedAttention

/// How logits follow from dot products.
struct LogitRule {
    let scale: Float
    /// 0: off.
    let softcap: Float
}

/// Turns the dot products of one row with a tile's keys into weights, and updates the row's maximum
/// and sum (online softmax).
///
/// Keys outside `begin ..< end` (within the tile) and in chunks that are not mapped get weight 0. A
/// tile in which the row sees nothing leaves everything as it was.
///
/// - Returns: the factor for what the row has accumulated so far.
@inline(__always)
func weigh(
    _ logits: UnsafeMutableRawPointer,
    begin: Int,
    end: Int,
    mapped: Int,
    _ rule: LogitRule,
    maximum: inout Float,
    sum: inout Float
) -> Float {
    let tileMaximum = mask(logits, begin: begin, end: end, mapped: mapped, rule)
    let newMaximum = tileMaximum > maximum ? tileMaximum : maximum
    // A row that has seen nothing has no maximum to be relative to; all its weights are 0.
    let shift = splat(newMaximum == -.infinity ? 0 : newMaximum)
    var total = splat(0)
    var offset = 0
    while offset < tileKeys {
        let weight = exponential(pv_load(logits + offset &* 4) - shift)
        pv_store(logits + offset &* 4, weight)
        total = total + weight
        offset &+= lanes
    }
    let factor = newMaximum == maximum ? 1 : pv_first(exponential(splat(maximum) - shift))
    maximum = newMaximum
    sum = sum * factor + pv_sum(total)
    return factor
}

/// Turns dot products into logits, minus infinity where the row does not see the key.
///
/// - Returns: the largest logit.
@inline(__always)
private func mask(
    _ logits: UnsafeMutableRawPointer,
    begin: Int,
    end: Int,
    mapped: Int,
    _ rule: LogitRule
) -> Float {
    let hidden = splat(-.infinity)
    let first = Int32(truncatingIfNeeded: begin)
    let last = Int32(truncatingIfNeeded: end)
    var largest = hidden
    var offset = 0
    while offset < tileKeys {
        let x = logit(pv_load(logits + offset &* 4), rule)
        let isMapped = mapped & (1 << (offset / chunkKeys)) != 0
        let seen = pv_where_in_range(Int32(truncatingIfNeeded: offset), first, last, x, hidden)
        let visible = isMapped ? seen : hidden
        pv_store(logits + offset &* 4, visible)
        largest = pv_maximum(visible, largest)
        offset &+= lanes
    }
    return pv_largest(largest)
}

@inline(__always) private func logit(_ product: Vector, _ rule: LogitRule) -> Vector {
    let x = product * splat(rule.scale)
    guard rule.softcap > 0 else { return x }
    let cap = splat(rule.softcap)
    return cap * hyperbolicTangent(x / cap)
}
