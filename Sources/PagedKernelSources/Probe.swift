internal import CPagedVector
package import PagedAttention

/// What this module's instructions can do at most, for benchmarks.
package enum Probes {
    package static func functions() -> ProbeFunctions {
        ProbeFunctions(
            multiplyAdd: { multiplyAddProbe(Widened<Float32Format>.self, rounds: $0) },
            operationsPerRound: { 2 * 12 * lanes },
            addPairs: {
                hasPairs
                    ? multiplyAddProbe(Paired.self, rounds: $0)
                    : multiplyAddProbe(Widened<Float32Format>.self, rounds: $0)
            },
            pairOperationsPerRound: { (hasPairs ? 4 : 2) * 12 * lanes },
            read: { readProbe($0, byteCount: $1) }
        )
    }
}

/// Twelve independent chains of multiplications and additions on registers.
@inline(never)
private func multiplyAddProbe<O: Operand>(_ operand: O.Type, rounds: Int) -> Float {
    var tile = zeroTile()
    // Bits that are small numbers as float32 and as pairs.
    let a = splat(Float(bitPattern: 0x3580_3580))
    for _ in 0..<rounds {
        unroll16(12) { i in tile[i] = O.add(a, a, tile[i]) }
    }
    var total: Float = 0
    unroll16(12) { i in total += pv_sum(tile[i]) }
    return total
}

/// Reads memory once, front to back; `byteCount` is a multiple of 1024.
@inline(never)
private func readProbe(_ memory: UnsafeRawPointer, byteCount: Int) -> Float {
    var tile = zeroTile()
    var offset = 0
    while offset < byteCount {
        unroll16(8) { i in tile[i] = tile[i] + pv_load(memory + (offset &+ i &* lanes &* 4)) }
        offset &+= 8 &* lanes &* 4
    }
    var total: Float = 0
    unroll16(8) { i in total += pv_sum(tile[i]) }
    return total
}
