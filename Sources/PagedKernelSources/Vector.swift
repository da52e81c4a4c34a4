internal import CPagedVector

/// As many floats as one register of this module's instruction set holds: 4, 8 or 16.
typealias Vector = pv_float

// Module-local operators that are not generic win over the standard library's, which become scalars.
@inline(__always) func + (a: Vector, b: Vector) -> Vector { pv_add(a, b) }
@inline(__always) func - (a: Vector, b: Vector) -> Vector { pv_subtract(a, b) }
@inline(__always) func * (a: Vector, b: Vector) -> Vector { pv_multiply(a, b) }
@inline(__always) func / (a: Vector, b: Vector) -> Vector { pv_divide(a, b) }

/// a * b + c.
@inline(__always) func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    pv_multiply_add(a, b, c)
}

/// Every lane `x`.
@inline(__always) func splat(_ x: Float) -> Vector { pv_set(x) }

/// Floats in a `Vector`.
@inline(__always) var lanes: Int { pv_lanes }

/// A tile of sums. Stays in registers as long as every index is a constant after inlining.
typealias Tile = InlineArray<16, Vector>

@inline(__always) func zeroTile() -> Tile {
    let z = splat(0)
    return [z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z]
}

/// Calls `body` with 0, 1, ... as constants; `count` has to be a constant of at most 4.
///
/// The compiler makes every copy before it drops those beyond `count`, so nest with care.
@inline(__always) func unroll4(_ count: Int, _ body: (Int) -> Void) {
    if count > 0 { body(0) }
    if count > 1 { body(1) }
    if count > 2 { body(2) }
    if count > 3 { body(3) }
}

/// Calls `body` with 0, 1, ... as constants; `count` has to be a constant of at most 16.
@inline(__always) func unroll16(_ count: Int, _ body: (Int) -> Void) {
    unroll4(count, body)
    if count > 4 { unroll4(count &- 4) { body($0 &+ 4) } }
    if count > 8 { unroll4(count &- 8) { body($0 &+ 8) } }
    if count > 12 { unroll4(count &- 12) { body($0 &+ 12) } }
}

/// The sum of each of the first `lanes` vectors of the tile, in the lane of its index. The order of
/// additions within a vector is the same for each.
@inline(__always) func sums(_ a: borrowing Tile) -> Vector {
    let first = pv_pair2(pv_pair1(a[0], a[1]), pv_pair1(a[2], a[3]))
    if lanes == 4 { return first }
    let second = pv_pair2(pv_pair1(a[4], a[5]), pv_pair1(a[6], a[7]))
    if lanes == 8 { return pv_pair3(first, second) }
    let third = pv_pair2(pv_pair1(a[8], a[9]), pv_pair1(a[10], a[11]))
    let fourth = pv_pair2(pv_pair1(a[12], a[13]), pv_pair1(a[14], a[15]))
    return pv_pair3(pv_pair3(first, second), pv_pair3(third, fourth))
}
