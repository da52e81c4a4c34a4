extension PatternParser {
    /// What follows a backslash.
    mutating func escape(isInClass: Bool = false) throws(PatternError) -> ScalarRanges {
        guard let scalar = current else { throw error("a lone backslash") }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarRanges.digits.complement
        case "w": return .wordCharacters
        case "W": return ScalarRanges.wordCharacters.complement
        case "s": return .whitespace
        case "S": return ScalarRanges.whitespace.complement
        case "t": return ScalarRanges("\t")
        case "n": return ScalarRanges("\n")
        case "r": return ScalarRanges("\r")
        case "v": return ScalarRanges("\u{B}")
        case "f": return ScalarRanges("\u{C}")
        case "b" where isInClass: return ScalarRanges("\u{8}")
        case "b", "B": throw error("a word boundary '\\\(scalar)'")
        case "p", "P": throw error("a property '\\\(scalar)'")
        case "1"..."9", "k": throw error("a back-reference '\\\(scalar)'")
        case "x": return ScalarRanges(try scalarValue(digits: 2))
        case "u": return ScalarRanges(try scalarValue(digits: 4))
        case "a"..."z", "A"..."Z", "0"..."9": throw error("an escape '\\\(scalar)'")
        default: return ScalarRanges(scalar)
        }
    }

    private mutating func scalarValue(digits: Int) throws(PatternError) -> Unicode.Scalar {
        let first = try hexadecimal(digits)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\u") else { throw error("half a surrogate pair") }
        let second = try hexadecimal(4)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal(_ digits: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = current, let digit = Character(scalar).hexDigitValue,
                scalar.isASCII
            else { throw error("an escape without \(digits) hexadecimal digits") }
            value = value << 4 + UInt32(digit)
            position += 1
        }
        return value
    }

    /// What follows `[`.
    mutating func characterClass() throws(PatternError) -> ScalarRanges {
        let isNegated = take("^")
        var set = ScalarRanges([])
        while current != nil, current != "]" {
            let first = try classMember()
            guard current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set = set.union(first)
                continue
            }
            position += 1
            let last = try classMember()
            if let low = first.single, let high = last.single {
                guard low <= high else { throw error("a range that ends before it begins") }
                set = set.union(ScalarRanges([low...high]))
            } else {
                // Beside a class, a hyphen stands for itself.
                set = set.union(first).union(ScalarRanges("-")).union(last)
            }
        }
        guard take("]") else { throw error("a '[' without its end") }
        let result = isNegated ? set.complement : set
        guard !result.ranges.isEmpty else { throw error("a class without members") }
        return result
    }

    private mutating func classMember() throws(PatternError) -> ScalarRanges {
        if take("\\") { return try escape(isInClass: true) }
        guard let scalar = current else { throw error("a '[' without its end") }
        position += 1
        return ScalarRanges(scalar)
    }
}

extension ScalarRanges {
    static let digits = ScalarRanges([0x30...0x39])
    static let wordCharacters = ScalarRanges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// ECMA-262's white space and ends of lines.
    static let whitespace = ScalarRanges([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    static let notLineEnds = ScalarRanges([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029]).complement
}
