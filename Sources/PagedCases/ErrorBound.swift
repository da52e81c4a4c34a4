package import PagedAttention

/// How far a kernel may be from the reference: the only constants of the numerical tests.
///
/// A kernel may have twice the error of the naive computation in the same types, plus a probe:
/// about one rounding of a result of ordinary size, for cases in which the naive one happens to be
/// lucky.
package enum ErrorBound {
    package static func probe(_ type: ElementType) -> Double {
        switch type {
        case .float16: 0x1p-11
        case .bfloat16: 0x1p-8
        default: 0x1p-21
        }
    }

    /// Over integer codes queries and weights become integers too, in steps of 2^-15 of the largest. Twice
    /// that, for both; what a query's step does to a logit grows with the scale.
    package static func probe(_ c: AttentionCase) -> Double {
        guard [.int8, .int4, .float4e2m1].contains(c.cache) else { return probe(c.activation) }
        let ratio = Double(c.scale) * Double(c.headSize).squareRoot()
        return max(probe(c.activation), 0x1p-14 * max(ratio, 1))
    }

    /// How far an output may be, where the naive computation is `naive` off and no output is larger.
    package static func limit(naive: Double, largest: Double, _ c: AttentionCase) -> Double {
        2 * naive + probe(c) * max(largest, 0x1p-4)
    }

    /// How far a stored key may be: the last rounding may fall to either side of a tie, after the
    /// float32 arithmetic of norm and rotation on numbers of about 1.
    package static func keyLimit(_ value: Double, _ c: AttentionCase) -> Double {
        guard c.hasNorm || c.rotary != .none else { return 0 }
        return switch c.cache {
        case .float32: 0x1p-20
        case .int8, .int4: 1
        case .float8e4m3fn: max(value.magnitude * 0x1p-3, 0x1p-9)
        case .float4e2m1: max(value.magnitude * 0.5, 0.5)
        default: 0x1p-20 + 2 * probe(c.cache) * value.magnitude
        }
    }
}
