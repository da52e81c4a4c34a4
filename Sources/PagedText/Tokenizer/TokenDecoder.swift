/// What tokens stand for in decoded text.
struct TokenDecoder: Sendable {
    /// Texts to write for others in every token.
    struct Replacement: Sendable {
        var pattern: [UInt8]
        var text: [UInt8]
    }

    /// Tokens are written in `ByteAlphabet`.
    var isByteLevel = false
    var replacements: [Replacement] = []
    /// Left out of the first token, before anything is replaced.
    var omittedFromFirst: [UInt8] = []
    /// Whether `<0x0A>` stands for a byte.
    var hasByteFallback = false
    /// How many of a scalar are left out at the start of the text.
    var strippedStart: (scalar: Unicode.Scalar, count: Int)?

    /// The bytes of a token that has this text.
    func bytes(of text: String, isFirst: Bool) -> [UInt8] {
        if isByteLevel { return ByteAlphabet.bytes(of: text) }
        var bytes = Array(text.utf8)
        if isFirst, !omittedFromFirst.isEmpty {
            bytes = Replacement(pattern: omittedFromFirst, text: []).apply(to: bytes)
        }
        for replacement in replacements { bytes = replacement.apply(to: bytes) }
        if hasByteFallback, let byte = ByteAlphabet.fallbackByte(of: bytes) { return [byte] }
        return bytes
    }
}

extension TokenDecoder.Replacement {
    fileprivate func apply(to bytes: [UInt8]) -> [UInt8] {
        guard let first = pattern.first, bytes.contains(first) else { return bytes }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == first, bytes[position...].starts(with: pattern) {
                result += text
                position += pattern.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return result
    }
}
