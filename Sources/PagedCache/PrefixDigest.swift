/// Names the content of a full block together with everything before it and the salt.
///
/// The digest of a block is SHA-256 of its parent's digest followed by its token identifiers; the
/// parent of a sequence's first block is the digest of the salt:
///
/// ```
/// salt ──▶ digest(salt) ──▶ digest(block 0) ──▶ digest(block 1) ──▶ ...
///                              ▲ tokens 0..<16     ▲ tokens 16..<32
/// ```
package struct PrefixDigest: Hashable, Sendable, CustomStringConvertible {
    let words: SIMD8<UInt32>

    /// The digest in 64 hexadecimal digits.
    package var description: String {
        words.indices.map { index in
            let digits = String(words[index], radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Feeds one 64-bit piece only: the words are already evenly distributed.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(UInt64(words[0]) << 32 | UInt64(words[1]))
    }

    package static func == (first: PrefixDigest, second: PrefixDigest) -> Bool {
        first.words == second.words
    }
}

/// Computes prefix digests; keeps its working space between them.
package struct PrefixHasher: Sendable {
    private var hash = SHA256()
    private let mask: UInt32

    /// A hasher.
    ///
    /// - Parameter mask: the bits that every word of a digest keeps; fewer than all only serve to
    ///   show that equal digests of different prefixes do no harm.
    package init(mask: UInt32 = .max) {
        self.mask = mask
    }

    /// The digest before the first block of every sequence with this salt.
    package mutating func root(salt: [UInt8]) -> PrefixDigest {
        hash.append(contentsOf: salt)
        return PrefixDigest(words: hash.finish() & mask)
    }

    /// The digest of a block that holds `tokens` and follows `parent`.
    package mutating func digest(
        of tokens: ArraySlice<Int32>,
        after parent: PrefixDigest
    ) -> PrefixDigest {
        for index in parent.words.indices {
            hash.append(word: parent.words[index])
        }
        for token in tokens {
            hash.append(word: UInt32(bitPattern: token))
        }
        return PrefixDigest(words: hash.finish() & mask)
    }
}
