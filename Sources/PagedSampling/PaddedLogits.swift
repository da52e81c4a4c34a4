/// A copy of logits in vectors of eight, every one of them usable.
///
/// Numbers that are none become -infinity, +infinity becomes the largest finite number, and the lanes
/// after the last token hold -infinity: no later step meets a NaN.
struct PaddedLogits: Sendable {
    private(set) var vectors: [SIMD8<Float>] = []

    /// Replaces the contents; allocates only when there are more logits than ever before.
    mutating func assign(_ logits: UnsafeBufferPointer<Float>) {
        vectors.removeAll(keepingCapacity: true)
        vectors.reserveCapacity((logits.count + 7) / 8)
        var start = 0
        while start + 8 <= logits.count {
            vectors.append(PaddedLogits.usable(load(logits, at: start)))
            start += 8
        }
        guard start < logits.count else { return }
        var last = SIMD8<Float>(repeating: -.infinity)
        for lane in 0..<logits.count - start {
            last[lane] = logits[start + lane]
        }
        vectors.append(PaddedLogits.usable(last))
    }

    subscript(token: Int) -> Float {
        get { vectors[token >> 3][token & 7] }
        set { vectors[token >> 3][token & 7] = PaddedLogits.usable(newValue) }
    }

    /// The largest logit; -infinity when there is none.
    var maximum: Float {
        var largest = SIMD8<Float>(repeating: -.infinity)
        for vector in vectors {
            largest.replace(with: vector, where: vector .> largest)
        }
        return largest.max()
    }

    /// The first token with this logit.
    func first(equalTo value: Float) -> Int? {
        for (number, vector) in vectors.enumerated() {
            for lane in 0..<8 where vector[lane] == value {
                return number * 8 + lane
            }
        }
        return nil
    }

    private static func usable(_ vector: SIMD8<Float>) -> SIMD8<Float> {
        var result = SIMD8<Float>(repeating: -.infinity)
        result.replace(with: vector, where: vector .<= .greatestFiniteMagnitude)
        result.replace(with: .greatestFiniteMagnitude, where: vector .== .infinity)
        return result
    }

    private static func usable(_ value: Float) -> Float {
        value.isNaN ? -.infinity : min(value, .greatestFiniteMagnitude)
    }
}

/// Eight neighbouring logits.
func load(_ logits: UnsafeBufferPointer<Float>, at start: Int) -> SIMD8<Float> {
    SIMD8(
        logits[start],
        logits[start + 1],
        logits[start + 2],
        logits[start + 3],
        logits[start + 4],
        logits[start + 5],
        logits[start + 6],
        logits[start + 7]
    )
}

/// The token with the largest logit, the first among equals; nil when all are -infinity or NaN.
///
/// One pass, no copy.
func mostLikelyToken(_ logits: UnsafeBufferPointer<Float>) -> Int32? {
    var largest = SIMD8<Float>(repeating: -.infinity)
    var places = SIMD8<Int32>(repeating: .max)
    var start = 0
    while start + 8 <= logits.count {
        let vector = load(logits, at: start)
        let isLarger = vector .> largest
        largest.replace(with: vector, where: isLarger)
        places.replace(with: SIMD8(repeating: Int32(truncatingIfNeeded: start)), where: isLarger)
        start += 8
    }
    var best = -Float.infinity
    var token: Int32?
    for lane in 0..<8 where largest[lane] > -.infinity {
        let place = places[lane] + Int32(lane)
        if largest[lane] > best || (largest[lane] == best && place < token ?? .max) {
            (best, token) = (largest[lane], place)
        }
    }
    while start < logits.count {
        if logits[start] > best {
            (best, token) = (logits[start], Int32(start))
        }
        start += 1
    }
    return token
}
