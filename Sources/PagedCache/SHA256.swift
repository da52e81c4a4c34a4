/// SHA-256 (FIPS 180-4) of a message given in bytes or in 32-bit words.
///
/// ```swift
/// var hash = SHA256()
/// hash.append(contentsOf: Array("abc".utf8))
/// let digest = hash.finish()
/// ```
///
/// Words count as their four bytes, most significant first. `finish` leaves the value ready for the
/// next message, so that one value hashes any number of messages without allocating.
struct SHA256: Sendable {
    private var state = SHA256.initialState
    /// The message schedule; the first 16 words are the block being filled.
    private var schedule = [UInt32](repeating: 0, count: 64)
    private var byteCount: UInt64 = 0

    /// The hash of nothing so far.
    init() {}

    mutating func append(_ byte: UInt8) {
        let position = Int(truncatingIfNeeded: byteCount & 63)
        let shift = UInt32(24 - 8 * (position & 3))
        if position & 3 == 0 {
            schedule[position >> 2] = 0
        }
        schedule[position >> 2] |= UInt32(byte) << shift
        byteCount += 1
        if position == 63 {
            compress()
        }
    }

    mutating func append(contentsOf bytes: [UInt8]) {
        for byte in bytes {
            append(byte)
        }
    }

    /// Appends four bytes. The bytes so far must be a multiple of four.
    mutating func append(word: UInt32) {
        let position = Int(truncatingIfNeeded: byteCount & 63) >> 2
        schedule[position] = word
        byteCount += 4
        if position == 15 {
            compress()
        }
    }

    /// The eight words of the digest of all that was appended since the last `finish`.
    mutating func finish() -> SIMD8<UInt32> {
        let bitCount = byteCount * 8
        append(0x80)
        while byteCount & 63 != 56 {
            append(0)
        }
        append(word: UInt32(truncatingIfNeeded: bitCount >> 32))
        append(word: UInt32(truncatingIfNeeded: bitCount))
        let digest = state
        state = SHA256.initialState
        byteCount = 0
        return digest
    }

    private mutating func compress() {
        expandSchedule()
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        // Eight rounds rename the words instead of moving them.
        for first in stride(from: 0, to: 64, by: 8) {
            round(first, a, b, c, &d, e, f, g, &h)
            round(first + 1, h, a, b, &c, d, e, f, &g)
            round(first + 2, g, h, a, &b, c, d, e, &f)
            round(first + 3, f, g, h, &a, b, c, d, &e)
            round(first + 4, e, f, g, &h, a, b, c, &d)
            round(first + 5, d, e, f, &g, h, a, b, &c)
            round(first + 6, c, d, e, &f, g, h, a, &b)
            round(first + 7, b, c, d, &e, f, g, h, &a)
        }
        state &+= SIMD8(a, b, c, d, e, f, g, h)
    }

    /// `d` becomes the next `e`, `h` the next `a`.
    @inline(__always)
    private func round(
        _ index: Int,
        _ a: UInt32,
        _ b: UInt32,
        _ c: UInt32,
        _ d: inout UInt32,
        _ e: UInt32,
        _ f: UInt32,
        _ g: UInt32,
        _ h: inout UInt32
    ) {
        let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let choice = (e & f) ^ (~e & g)
        let first = h &+ sum1 &+ choice &+ schedule[index]
        let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        d = d &+ first
        h = first &+ sum0 &+ majority
    }

    /// The message schedule, with the round constants added.
    private mutating func expandSchedule() {
        let constants = SHA256.roundConstants
        for index in 16..<64 {
            let near = schedule[index - 2]
            let far = schedule[index - 15]
            let sigma1 = rotate(near, 17) ^ rotate(near, 19) ^ (near >> 10)
            let sigma0 = rotate(far, 7) ^ rotate(far, 18) ^ (far >> 3)
            schedule[index] = schedule[index - 16] &+ sigma0 &+ schedule[index - 7] &+ sigma1
        }
        for index in 0..<64 { schedule[index] &+= constants[index] }
    }

    private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &>> count) | (word &<< (32 &- count))
    }

    private static let initialState = SIMD8<UInt32>(
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19
    )

    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5,
        0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
        0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3,
        0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5,
        0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
