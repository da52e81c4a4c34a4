import PagedCache
import Testing

@Suite("Prefix digests")
struct PrefixDigestTests {
    /// The digest of a salt is plain SHA-256, so published values apply (FIPS 180-4 examples and
    /// NIST's byte-oriented vectors).
    @Test(
        "are SHA-256 as NIST publishes it",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
    )
    func publishedVectors(text: String, expected: String) {
        var hasher = PrefixHasher()
        #expect(hasher.root(salt: Array(text.utf8)).description == expected)
        #expect(hasher.root(salt: Array(text.utf8)).description == expected, "used again")
    }

    @Test("are SHA-256 of a million letters as NIST publishes it")
    func aMillionLetters() {
        var hasher = PrefixHasher()
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(hasher.root(salt: text).description == expected)
    }

    @Test("pad messages of every length around a block's end", arguments: 54...66)
    func paddingBoundaries(length: Int) {
        var hasher = PrefixHasher()
        let bytes = (0..<length).map { UInt8($0) }
        #expect(hasher.root(salt: bytes).description == PaddingVectors.digests[length])
    }

    @Test("hash a block as its parent's digest followed by big-endian tokens")
    func blocksAreBytes() {
        var hasher = PrefixHasher()
        let parent = hasher.root(salt: [1, 2, 3])
        let digest = hasher.digest(of: [7, -1, 0x0102_0304][...], after: parent)
        let hexadecimal = Array(parent.description)
        var message = stride(from: 0, to: 64, by: 2).compactMap {
            UInt8(String(hexadecimal[$0...($0 + 1)]), radix: 16)
        }
        message += [0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]
        #expect(hasher.root(salt: message) == digest)
    }

    @Test("differ when the salt, an earlier token or the order differs")
    func everythingBeforeCounts() {
        var hasher = PrefixHasher()
        var seen: Set<PrefixDigest> = []
        for salt: [UInt8] in [[], [0], [0, 0], [1]] {
            for first: [Int32] in [[1, 2], [2, 1], [1, 3]] {
                let root = hasher.root(salt: salt)
                let one = hasher.digest(of: first[...], after: root)
                let two = hasher.digest(of: [5, 6], after: one)
                #expect(seen.insert(one).inserted && seen.insert(two).inserted)
            }
        }
    }
}
