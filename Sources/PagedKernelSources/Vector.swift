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

/// Bytes in a `Vector`.
@inline(__always) var vectorBytes: Int { lanes &* 4 }

/// Whether there are products of pairs of bfloat16.
@inline(__always) var hasPairs: Bool { pv_has_pairs != 0 }

/// Groups of four lanes in a `Vector`.
@inline(__always) var quarters: Int { lanes / 4 }

/// Sums or operands. They stay in registers as long as every index is a constant after inlining.
typealias Tile = InlineArray<24, Vector>

@inline(__always) func zeroTile() -> Tile {
    let z = splat(0)
    return [z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z]
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

/// Calls `body` with 0, 1, ... as constants; `count` has to be a constant of at most 8.
@inline(__always) func unroll8(_ count: Int, _ body: (Int) -> Void) {
    unroll4(count, body)
    if count > 4 { unroll4(count &- 4) { body($0 &+ 4) } }
}

/// Calls `body` with 0, 1, ... as constants; `count` has to be a constant of at most 16.
@inline(__always) func unroll16(_ count: Int, _ body: (Int) -> Void) {
    unroll8(count, body)
    if count > 8 { unroll8(count &- 8) { body($0 &+ 8) } }
}
