/// e to the power of each lane, for lanes in [-87, 88]; relative error below 2e-7.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by Cephes' polynomial of degree 7. Written out
/// because the standard library has no exponential, and a lane at a time would be too slow for a
/// vocabulary of 128 000.
package func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let shifted = x * 1.442_695 + roundingShift
    let n = shifted - roundingShift
    let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
    p = p * r + 8.333_452e-3
    p = p * r + 4.166_579_6e-2
    p = p * r + 1.666_666_55e-1
    p = p * r + 5.000_000_1e-1
    p = p * r * r + r + 1
    // The low bits of `shifted` are those of n: they become the exponent of 2^n.
    let exponent = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23) &+ (127 << 23)
    return p * unsafeBitCast(exponent, to: SIMD8<Float>.self)
}

/// Added to and subtracted from a number below 2^22 in size, this rounds it to an integer; in between
/// the low bits of the sum are those of the integer.
let roundingShift: Float = 12_582_912

/// The natural logarithm of a positive, normal number; relative error below 1e-15.
///
/// ln(m 2^e) = e ln 2 + 2 artanh((m - 1) / (m + 1)), m in [sqrt(1/2), sqrt 2), by its power series.
package func naturalLogarithm(_ x: Double) -> Double {
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 1.414_213_562_373_095_1 {
        significand /= 2
        exponent += 1
    }
    let s = (significand - 1) / (significand + 1)
    var power = s
    var sum = 0.0
    for odd in stride(from: 1.0, through: 21.0, by: 2.0) {
        sum += power / odd
        power *= s * s
    }
    return exponent * 0.693_147_180_559_945_3 + 2 * sum
}
