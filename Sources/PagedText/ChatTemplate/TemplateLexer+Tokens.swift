extension TemplateLexer {
    private static let longSymbols: [StaticString] = ["//", "**", "==", "!=", "<=", ">="]
    private static let shortSymbols = Set("+-/*%~[](){}<>=.:|,".unicodeScalars)

    /// Reads one token inside a tag; the position is at no whitespace.
    mutating func readToken() throws(TemplateError) -> TemplateToken.Kind {
        let scalar = scalars[position]
        switch scalar {
        case "0"..."9": return try number()
        case "'", "\"": return try string(scalar)
        case "_", "a"..."z", "A"..."Z": return name()
        case _ where scalar.value >= 0x80 && scalar.properties.isAlphabetic: return name()
        default: return try symbol()
        }
    }

    private mutating func symbol() throws(TemplateError) -> TemplateToken.Kind {
        for symbol in Self.longSymbols where starts(with: symbol, at: position) {
            advance(to: position + 2)
            return .symbol(symbol.description)
        }
        let scalar = scalars[position]
        guard Self.shortSymbols.contains(scalar) else { throw error("unexpected \(scalar)") }
        advance(to: position + 1)
        return .symbol(String(scalar))
    }

    private mutating func name() -> TemplateToken.Kind {
        let start = position
        while position < scalars.count, isNamePart(scalars[position]) { position += 1 }
        return .name(text(start..<position))
    }

    private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "a"..."z", "A"..."Z", "0"..."9": true
        default: scalar.value >= 0x80 && scalar.properties.isAlphabetic
        }
    }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
    }

    private mutating func number() throws(TemplateError) -> TemplateToken.Kind {
        let start = position
        let followsDot = start > 0 && scalars[start - 1] == "."
        skipDigits(from: position)
        var isInteger = true
        if !followsDot {
            if position < scalars.count, scalars[position] == ".", isDigit(position + 1) {
                isInteger = false
                skipDigits(from: position + 1)
            }
            if position < scalars.count, scalars[position] == "e" || scalars[position] == "E" {
                let sign = position + 1 < scalars.count ? scalars[position + 1] : " "
                let digits = sign == "+" || sign == "-" ? position + 2 : position + 1
                if isDigit(digits) {
                    isInteger = false
                    skipDigits(from: digits)
                }
            }
        }
        let digits = text(start..<position).filter { $0 != "_" }
        if isInteger, let value = Int(digits) { return .integer(value) }
        guard !isInteger, let value = Double(digits) else { throw error("the number \(digits)") }
        return .number(value)
    }

    private func isDigit(_ index: Int) -> Bool {
        index < scalars.count && ("0"..."9").contains(scalars[index])
    }

    private mutating func skipDigits(from start: Int) {
        position = start
        while isDigit(position)
            || position < scalars.count && scalars[position] == "_" && isDigit(position + 1)
        {
            position += 1
        }
    }
}

// MARK: - Strings

extension TemplateLexer {
    private mutating func string(_ quote: Unicode.Scalar) throws(TemplateError)
        -> TemplateToken.Kind
    {
        var units: [UInt32] = []
        advance(to: position + 1)
        while position < scalars.count {
            let scalar = scalars[position]
            advance(to: position + 1)
            if scalar == quote { return .string(GuardedText(units: units)) }
            if scalar == "\\" {
                units += try escape()
            } else {
                units.append(scalar.value)
            }
        }
        throw error("a string without its end")
    }

    /// Python's escapes; an unknown one stands for itself, backslash included.
    private mutating func escape() throws(TemplateError) -> [UInt32] {
        guard position < scalars.count else { throw error("a string without its end") }
        let scalar = scalars[position]
        advance(to: position + 1)
        switch scalar {
        case "\n": return []
        case "\\", "'", "\"": return [scalar.value]
        case "a": return [7]
        case "b": return [8]
        case "t": return [9]
        case "n": return [10]
        case "v": return [11]
        case "f": return [12]
        case "r": return [13]
        case "x": return [try codePoint(digits: 2)]
        case "u": return [try codePoint(digits: 4)]
        case "U": return [try codePoint(digits: 8)]
        case "0"..."7": return [octal(scalar)]
        case "N": throw .notCovered("the escape \\N", line: line)
        default: return [0x5C, scalar.value]
        }
    }

    private mutating func codePoint(digits: Int) throws(TemplateError) -> UInt32 {
        let end = position + digits
        guard end <= scalars.count, let value = UInt32(text(position..<end), radix: 16),
            Unicode.Scalar(value) != nil
        else { throw error("a malformed escape in a string") }
        advance(to: end)
        return value
    }

    private mutating func octal(_ first: Unicode.Scalar) -> UInt32 {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard position < scalars.count, ("0"..."7").contains(scalars[position]) else { break }
            value = value * 8 + scalars[position].value - 0x30
            position += 1
        }
        return value
    }
}
