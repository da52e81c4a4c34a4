/// What Python's `str` does, on scalars that keep their guards.
extension UInt32 {
    /// `str.isspace` of one scalar value.
    var isPythonSpace: Bool {
        (0x1C...0x1F).contains(unguarded) || ScalarSet.isWhitespace(unguarded)
    }
}

extension GuardedText {
    func stripped(
        _ characters: GuardedText? = nil,
        left: Bool = true,
        right: Bool = true
    ) -> GuardedText {
        let set = characters.map { Set($0.units.map(\.unguarded)) }
        func isDropped(_ unit: UInt32) -> Bool {
            set?.contains(unit.unguarded) ?? unit.isPythonSpace
        }
        var range = 0..<count
        while left, !range.isEmpty, isDropped(units[range.lowerBound]) { range.removeFirst() }
        while right, !range.isEmpty, isDropped(units[range.upperBound - 1]) { range.removeLast() }
        return GuardedText(units: units[range])
    }

    func matches(_ other: GuardedText, at start: Int) -> Bool {
        guard start >= 0, start + other.count <= count else { return false }
        for offset in 0..<other.count
        where units[start + offset].unguarded != other.units[offset].unguarded { return false }
        return true
    }

    func hasPrefix(_ other: GuardedText) -> Bool { matches(other, at: 0) }

    func hasSuffix(_ other: GuardedText) -> Bool { matches(other, at: count - other.count) }

    func firstIndex(of other: GuardedText) -> Int? { TextSearch(other).firstIndex(in: self) }

    /// Splits at a separator that is not empty, at most `limit` times.
    func split(at separator: GuardedText, limit: Int) -> [GuardedText] {
        let search = TextSearch(separator)
        var parts: [GuardedText] = []
        var start = 0
        while parts.count < limit, let next = search.firstIndex(in: self, from: start) {
            parts.append(GuardedText(units: units[start..<next]))
            start = next + separator.count
        }
        return parts + [GuardedText(units: units[start...])]
    }

    /// Splits from the right at a separator that is not empty, at most `limit` times.
    func splitFromRight(at separator: GuardedText, limit: Int) -> [GuardedText] {
        let parts = reversed().split(at: separator.reversed(), limit: limit)
        return parts.reversed().map { $0.reversed() }
    }

    private func reversed() -> GuardedText { GuardedText(units: units.reversed()) }

    /// Splits at runs of whitespace, at most `limit` times.
    func splitAtSpaces(limit: Int) -> [GuardedText] {
        var parts: [GuardedText] = []
        var rest = units[...].drop { $0.isPythonSpace }
        while !rest.isEmpty {
            if parts.count == limit {
                parts.append(GuardedText(units: rest))
                break
            }
            let word = rest.prefix { !$0.isPythonSpace }
            parts.append(GuardedText(units: word))
            rest = rest.dropFirst(word.count).drop { $0.isPythonSpace }
        }
        return parts
    }

    /// Splits at line ends, which are dropped.
    func lines() -> [GuardedText] {
        var lines: [GuardedText] = []
        var start = 0
        var position = 0
        while position < count {
            switch units[position].unguarded {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
                lines.append(GuardedText(units: units[start..<position]))
                if matches(GuardedText("\r\n"), at: position) { position += 1 }
                start = position + 1
            default: break
            }
            position += 1
        }
        if start < count { lines.append(GuardedText(units: units[start...])) }
        return lines
    }

    func replacing(_ old: GuardedText, with new: GuardedText, limit: Int = .max) -> GuardedText {
        guard old.count > 0 else { return interleaved(with: new, limit: limit) }
        return GuardedText.joined(split(at: old, limit: limit), by: new)
    }

    /// `replace` of the empty text: before every scalar and at the end.
    private func interleaved(with new: GuardedText, limit: Int) -> GuardedText {
        var result = GuardedText()
        for (index, unit) in units.enumerated() {
            if index < limit { result.append(new) }
            result.units.append(unit)
        }
        if count < limit { result.append(new) }
        return result
    }

    static func joined(_ parts: [GuardedText], by separator: GuardedText) -> GuardedText {
        var result = GuardedText()
        for (index, part) in parts.enumerated() {
            if index > 0 { result.append(separator) }
            result.append(part)
        }
        return result
    }
}

// MARK: - Case

extension GuardedText {
    func uppercased() -> GuardedText { mapped { $0.properties.uppercaseMapping } }

    func lowercased() -> GuardedText {
        var result = GuardedText()
        for (index, unit) in units.enumerated() {
            let scalar = unit.unguardedScalar
            let isFinalSigma = scalar == "\u{3A3}" && isFinal(index)
            let lower = isFinalSigma ? "\u{3C2}" : scalar.properties.lowercaseMapping
            result.append(lower, like: unit)
        }
        return result
    }

    func capitalized() -> GuardedText {
        var result = GuardedText()
        for unit in units.prefix(1) {
            result.append(unit.unguardedScalar.properties.titlecaseMapping, like: unit)
        }
        var rest = self.lowercased()
        let first = GuardedText(units: units.prefix(1)).lowercased().count
        rest.units.removeFirst(first)
        result.append(rest)
        return result
    }

    private func mapped(_ mapping: (Unicode.Scalar) -> String) -> GuardedText {
        var result = GuardedText()
        for unit in units { result.append(mapping(unit.unguardedScalar), like: unit) }
        return result
    }

    /// Appends text with the guard of the unit that it stands for.
    mutating func append(_ text: String, like unit: UInt32) {
        append(GuardedText(text, guarded: unit.isGuarded))
    }

    /// True when a letter precedes and none follows, case-ignorable scalars aside.
    private func isFinal(_ index: Int) -> Bool {
        func isCased(_ units: some Sequence<UInt32>) -> Bool {
            units.lazy.map(\.unguardedScalar.properties).first { !$0.isCaseIgnorable }?.isCased
                ?? false
        }
        return isCased(units[..<index].reversed()) && !isCased(units[(index + 1)...])
    }
}
