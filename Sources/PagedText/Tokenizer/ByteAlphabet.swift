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

    /// How vocabularies with `byte_fallback` write a byte: `<0x0A>`.
    static func fallbackText(of byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x" + (digits.utf8.count < 2 ? "0" : "") + digits + ">"
    }

    /// The byte that a text written in this way stands for; nil for any other text.
    static func fallbackByte(of text: [UInt8]) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">"),
            text[3] != UInt8(ascii: "+")
        else { return nil }
        return UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16)
    }
}
