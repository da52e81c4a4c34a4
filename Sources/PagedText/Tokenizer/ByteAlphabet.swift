/// GPT-2's map between bytes and printable characters, in which byte-level vocabularies are
/// written.
///
/// Printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 and up: a space
/// is "Ġ".
enum ByteAlphabet {
    /// The scalar value that stands for each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)...255).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte that each scalar below U+0144 stands for; nil for those that stand for none.
    private static let bytes: [UInt8?] = {
        var bytes = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
        return bytes
    }()

    /// The bytes that a vocabulary entry stands for; text with other characters stands for its own
    /// UTF-8.
    static func bytes(of token: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(token.utf8.count)
        for scalar in token.unicodeScalars {
            guard scalar.value < 0x144, let byte = bytes[Int(scalar.value)] else {
                return Array(token.utf8)
            }
            result.append(byte)
        }
        return result
    }
}
