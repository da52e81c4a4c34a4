/// Reads the part of ECMA-262's regular expressions that says which texts match and no more; anything else is refused by
/// name.
///
/// Covered: literals, escapes of characters, `.`, `\d \w \s` and their opposites, classes, groups of any kind, `|`,
/// `? * + {m,n}`, lazy ones too, `^` at the beginning of an alternative of the whole and `$` at its end.
struct PatternParser {
    private static let mostLevels = 50
    private static let mostRepetitions = 1000

    let scalars: [Unicode.Scalar]
    var position = 0
    private var level = 0

    static func parse(_ pattern: String) throws(PatternError) -> SearchPattern {
        var parser = PatternParser(scalars: Array(pattern.unicodeScalars))
        var alternatives: [SearchPattern.Alternative] = []
        repeat {
            let isAtStart = parser.take("^")
            let node = try parser.sequence()
            let isAtEnd = parser.take("$")
            alternatives.append(.init(node: node, isAtStart: isAtStart, isAtEnd: isAtEnd))
        } while parser.take("|")
        guard parser.current == nil else { throw parser.error("an unbalanced ')'") }
        return SearchPattern(alternatives: alternatives)
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// What ends at the current position is not supported.
    func error(_ what: String) -> PatternError {
        PatternError(problem: "has \(what) before character \(position), which is not supported.")
    }

    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ text: StaticString) -> Bool {
        let wanted = text.description.unicodeScalars
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private var isAtLastAnchor: Bool {
        guard level == 0, current == "$" else { return false }
        return position + 1 == scalars.count || scalars[position + 1] == "|"
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")", !isAtLastAnchor {
            nodes.append(try quantified())
        }
        return .sequence(nodes)
    }

    private mutating func quantified() throws(PatternError) -> PatternNode {
        let node = try atom()
        guard let (least, most) = try quantifier() else { return node }
        // A lazy one matches the same texts.
        _ = take("?")
        return .repetition(node, least: least, most: most)
    }

    private mutating func quantifier() throws(PatternError) -> (least: Int, most: Int?)? {
        if take("?") { return (0, 1) }
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        guard take("{") else { return nil }
        let least = try number()
        let most = take(",") ? (current == "}" ? nil : try number()) : least
        guard take("}"), least <= most ?? least else { throw error("a malformed '{m,n}'") }
        return (least, most)
    }

    private mutating func number() throws(PatternError) -> Int {
        var value = 0
        let start = position
        while let scalar = current, ("0"..."9").contains(scalar) {
            position += 1
            value = value * 10 + Int(scalar.value) - 0x30
            guard value <= Self.mostRepetitions else {
                throw error("a count beyond \(Self.mostRepetitions)")
            }
        }
        guard position > start else { throw error("a '{' without a count") }
        return value
    }

    private mutating func atom() throws(PatternError) -> PatternNode {
        if take("(") { return try group() }
        if take("[") { return .set(try characterClass()) }
        if take("\\") { return .set(try escape()) }
        guard let scalar = current else { throw error("an early end") }
        position += 1
        switch scalar {
        case ".": return .set(.notLineEnds)
        case "^", "$": throw error("an anchor '\(scalar)' within the pattern")
        case "*", "+", "?", "{": throw error("a '\(scalar)' with nothing to repeat")
        default: return .set(ScalarRanges(scalar))
        }
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        if take("?=") || take("?!") || take("?<=") || take("?<!") { throw error("look-around") }
        if take("?<") {
            while current != nil, !take(">") { position += 1 }
        } else if !take("?:"), take("?") {
            throw error("a group with '(?'")
        }
        level += 1
        defer { level -= 1 }
        guard level <= Self.mostLevels else { throw error("more than \(Self.mostLevels) groups") }
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        guard take(")") else { throw error("a '(' without its end") }
        return .choice(nodes)
    }
}
