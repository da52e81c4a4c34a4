/// Reads the subset of Oniguruma's syntax that byte-level tokenizers use; anything else is refused
/// by name.
///
/// Covered: literals, `\r \n \t \s \S \d \p{..} \P{..}`, bracketed sets with ranges, `( )`, `(?:
/// )`, `(?i: )`, `|`, greedy and possessive `? * + {m,n}` on single scalars, `?` on groups, `(?=x)`
/// and `(?!x)` of one scalar.
struct RegexParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false
    private var depth = 0

    private init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    static func parse(_ pattern: String) throws(RegexError) -> RegexNode {
        var parser = RegexParser(pattern)
        guard parser.scalars.allSatisfy({ $0.value < 0x20000 }) else {
            throw RegexError(reason: "a character beyond U+1FFFF")
        }
        let node = try parser.alternatives()
        guard parser.current == nil else { throw parser.error("an unbalanced )") }
        guard node.minimumLength > 0 else { throw parser.error("a pattern that matches nothing") }
        return node
    }

    private func error(_ what: String) -> RegexError {
        RegexError(reason: "\(what) at \(position)")
    }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = text.description.unicodeScalars
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth < 20 else { throw error("deep nesting") }
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = current, scalar != "|", scalar != ")" { nodes.append(try quantified()) }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified() throws(RegexError) -> RegexNode {
        let node = try atom()
        guard let (minimum, maximum, isCounted) = try quantifier() else { return node }
        if current == "?" { throw error("a lazy quantifier") }
        let isPossessive = take("+")
        // In Oniguruma's default syntax {m,n}+ repeats the repetition, elsewhere it is possessive.
        if isPossessive, isCounted { throw error("{m,n}+") }
        if case .set(let set) = node {
            return .repetition(set, minimum: minimum, maximum: maximum, isPossessive: isPossessive)
        }
        if case .lookahead = node { throw error("a quantifier on a lookahead") }
        guard (minimum, maximum, isPossessive) == (0, 1, false) else {
            throw error("a repeated group")
        }
        return .optional(node)
    }

    private mutating func quantifier() throws(RegexError) -> (Int, Int, isCounted: Bool)? {
        if take("?") { return (0, 1, false) }
        if take("*") { return (0, .max, false) }
        if take("+") { return (1, .max, false) }
        guard take("{") else { return nil }
        let minimum = number()
        let maximum = take(",") ? number() ?? .max : minimum
        guard let minimum, let maximum, minimum <= maximum, take("}") else {
            throw error("a malformed {m,n}")
        }
        return (minimum, maximum, true)
    }

    private mutating func number() -> Int? {
        let start = position
        while let scalar = current, ("0"..."9").contains(scalar) { position += 1 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<position])
        return Int(String(text))
    }

    private mutating func atom() throws(RegexError) -> RegexNode {
        if take("(?!") { return .lookahead(try lookaheadSet(), isExpected: false) }
        if take("(?=") { return .lookahead(try lookaheadSet(), isExpected: true) }
        if take("(?i:") { return try group(ignoringCase: true) }
        if take("(?:") { return try group(ignoringCase: ignoresCase) }
        if scalars[position...].starts(with: "(?".unicodeScalars) { throw error("a (? group") }
        if take("(") { return try group(ignoringCase: ignoresCase) }
        if take("[") { return .set(try bracket()) }
        guard let scalar = current else { throw error("an early end") }
        position += 1
        switch scalar {
        case "\\": return .set(cased(try escape()))
        case ".", "^", "$", "*", "+", "?", "{": throw error("\(scalar)")
        default: return .set(cased(ScalarSet(scalar: scalar)))
        }
    }

    private mutating func group(ignoringCase: Bool) throws(RegexError) -> RegexNode {
        let outer = ignoresCase
        ignoresCase = ignoringCase
        let node = try alternatives()
        ignoresCase = outer
        guard take(")") else { throw error("a missing )") }
        return node
    }

    private mutating func lookaheadSet() throws(RegexError) -> ScalarSet {
        let node = try atom()
        guard case .set(let set) = node, take(")") else {
            throw error("a lookahead of more than a scalar")
        }
        return set
    }
}

// MARK: - Sets

extension RegexParser {
    /// What follows a backslash.
    private mutating func escape() throws(RegexError) -> ScalarSet {
        guard let scalar = current else { throw error("a lone backslash") }
        position += 1
        switch scalar {
        case "r": return ScalarSet(scalar: "\r")
        case "n": return ScalarSet(scalar: "\n")
        case "t": return ScalarSet(scalar: "\t")
        case "s": return ScalarSet(.whitespace)
        case "S": return ScalarSet(.notWhitespace)
        case "d": return ScalarSet(.categories(GeneralCategory.bits(named: "Nd") ?? 0))
        case "p", "P": return try category(isNegated: scalar == "P")
        case "a"..."z", "A"..."Z", "0"..."9": throw error("\\\(scalar)")
        default: return ScalarSet(scalar: scalar)
        }
    }

    private mutating func category(isNegated: Bool) throws(RegexError) -> ScalarSet {
        guard take("{") else { throw error("\\p without {") }
        var name = ""
        while let scalar = current, scalar != "}" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard let bits = GeneralCategory.bits(named: name), take("}") else {
            throw error("\\p{\(name)}")
        }
        return ScalarSet(.categories(bits), isNegated: isNegated)
    }

    private mutating func bracket() throws(RegexError) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = take("^")
        repeat {
            let part = try bracketPart()
            guard !part.isNegated else { throw error("\\P in a set") }
            if case .range(let first)? = part.members.first, first.count == 1, current == "-",
                position + 1 < scalars.count, scalars[position + 1] != "]"
            {
                position += 1
                let end = try bracketPart()
                guard case .range(let last)? = end.members.first, last.count == 1,
                    first.lowerBound <= last.lowerBound, last.lowerBound < 0x20000
                else { throw error("a malformed range") }
                set.members.append(.range(first.lowerBound...last.lowerBound))
            } else {
                set.members.append(contentsOf: part.members)
            }
        } while current != nil && current != "]"
        guard take("]") else { throw error("a missing ]") }
        return cased(set)
    }

    private mutating func bracketPart() throws(RegexError) -> ScalarSet {
        guard let scalar = current else { throw error("a missing ]") }
        position += 1
        if scalar == "\\" { return try escape() }
        if scalar == "[" || scalar == "&" && current == "&" { throw error("\(scalar) in a set") }
        return ScalarSet(scalar: scalar)
    }

    /// Adds the other cases of ASCII letters under `(?i:`; U+017F and U+212A fold to s and k.
    private func cased(_ set: ScalarSet) -> ScalarSet {
        guard ignoresCase else { return set }
        var result = set
        for case .range(let range) in set.members where range.count == 1 {
            let folded = range.lowerBound | 0x20
            guard (0x61...0x7A).contains(folded) else { continue }
            result.members += [.range(folded...folded), .range(folded - 0x20...folded - 0x20)]
            if folded == 0x73 { result.members.append(.range(0x17F...0x17F)) }
            if folded == 0x6B { result.members.append(.range(0x212A...0x212A)) }
        }
        return result
    }
}
