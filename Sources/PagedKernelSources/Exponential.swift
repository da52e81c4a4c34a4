internal import CPagedVector

/// 2 to the power of each lane; relative error below 2e-7.
///
/// Below -150 the result is exactly 0, so that a masked logit of minus infinity has no weight. NaN
/// stays NaN. Lanes are at most 127. Minimax polynomial on [-1/2, 1/2].
@inline(__always) func exponential2(_ x: Vector) -> Vector {
    let clamped = pv_maximum(splat(-160), x)
    let n = pv_nearest(clamped)
    let r = clamped - n
    var p = splat(1.326_472_69e-3)
    p = multiplyAdd(p, r, splat(9.671_512_66e-3))
    p = multiplyAdd(p, r, splat(5.550_733_74e-2))
    p = multiplyAdd(p, r, splat(2.402_224_21e-1))
    p = multiplyAdd(p, r, splat(6.931_469_78e-1))
    p = multiplyAdd(p, r, splat(1))
    return pv_scale_by_power(p, n)
}

/// The binary logarithm of e.
@inline(__always) var log2e: Float { 1.442_695_04 }

/// The hyperbolic tangent of each lane; relative error below 4e-7. Cephes' polynomial near 0.
@inline(__always) func hyperbolicTangent(_ x: Vector) -> Vector {
    let magnitude = pv_magnitude(x)
    let e = exponential2(magnitude * splat(-2 * log2e))
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
