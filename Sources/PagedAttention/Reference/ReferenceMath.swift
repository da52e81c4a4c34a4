/// Elementary functions of the reference: this layer imports nothing, not even a C library.
package enum ReferenceMath {
    private static let ln2High = 0.693147180369123816490
    private static let ln2Low = 1.90821492927058770002e-10

    /// e to the power of `x`, to about 1e-15 of the result.
    ///
    /// x = n ln 2 + r with r within half of ln 2; the series of e^r ends at r^17 / 17!, below
    /// 1e-22.
    package static func exponential(_ x: Double) -> Double {
        guard !x.isNaN else { return x }
        guard x > -745.2 else { return 0 }
        guard x < 709.8 else { return .infinity }
        let n = (x / (ln2High + ln2Low)).rounded()
        let r = (x - n * ln2High) - n * ln2Low
        let half = Int(n) / 2
        let low = Double(sign: .plus, exponent: half, significand: 1)
        let high = Double(sign: .plus, exponent: Int(n) - half, significand: 1)
        return (1 + exponentialMinusOne(series: r)) * low * high
    }

    /// The hyperbolic tangent, to about 2e-15 of the result.
    package static func hyperbolicTangent(_ x: Double) -> Double {
        guard x.magnitude > 0.15 else {
            let e = exponentialMinusOne(series: 2 * x)
            return e / (e + 2)
        }
        return 1 - 2 / (exponential(2 * x) + 1)
    }

    private static func exponentialMinusOne(series r: Double) -> Double {
        var sum = 0.0
        for k in stride(from: 17.0, through: 1, by: -1) { sum = (sum + 1) * r / k }
        return sum
    }
}
