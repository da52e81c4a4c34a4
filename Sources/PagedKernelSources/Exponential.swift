internal import CPagedVector

/// e to the power of each lane, for lanes of at most 0; relative error below 2e-7.
///
/// Below the logarithm of the smallest normal number the result is exactly 0, so that a masked logit
/// of minus infinity has no weight. NaN stays NaN. Cephes' polynomial on [-ln 2 / 2, ln 2 / 2].
@inline(__always) func exponential(_ x: Vector) -> Vector {
    let lowest = splat(-87.33654)
    let clamped = pv_maximum(x, lowest)
    let magic = splat(12_582_912)
    let shifted = multiplyAdd(clamped, splat(1.442_695_04), magic)
    let n = shifted - magic
    var r = multiplyAdd(n, splat(-0.693_359_375), clamped)
    r = multiplyAdd(n, splat(2.121_944_40e-4), r)
    var p = splat(1.987_569_15e-4)
    p = multiplyAdd(p, r, splat(1.398_199_95e-3))
    p = multiplyAdd(p, r, splat(8.333_451_91e-3))
    p = multiplyAdd(p, r, splat(4.166_579_59e-2))
    p = multiplyAdd(p, r, splat(1.666_666_55e-1))
    p = multiplyAdd(p, r, splat(5.000_000_12e-1))
    p = multiplyAdd(p, r * r, r + splat(1))
    let power = pv_scale_by_power(p, shifted)
    let floored = pv_where_less(x, lowest, splat(0), power)
    return pv_where_less(x, splat(1), floored, x)
}

/// The hyperbolic tangent of each lane; relative error below 4e-7. Cephes' polynomial near 0.
@inline(__always) func hyperbolicTangent(_ x: Vector) -> Vector {
    let magnitude = pv_magnitude(x)
    let e = exponential(magnitude * splat(-2))
    let far = (splat(1) - e) / (splat(1) + e)
    let z = x * x
    var p = splat(-5.704_988_73e-3)
    p = multiplyAdd(p, z, splat(2.063_908_88e-2))
    p = multiplyAdd(p, z, splat(-5.373_971_56e-2))
    p = multiplyAdd(p, z, splat(1.333_144_22e-1))
    p = multiplyAdd(p, z, splat(-3.333_328_19e-1))
    let near = multiplyAdd(p * z, x, x)
    return pv_where_less(magnitude, splat(0.625), near, pv_with_sign(far, x))
}
