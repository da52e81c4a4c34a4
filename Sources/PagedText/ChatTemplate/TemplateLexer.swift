/// Cuts a template into tokens, with Jinja2's `trim_blocks` and `lstrip_blocks` on.
///
/// - A newline right after a block or comment is dropped, unless the tag ends in `+%}`.
/// - Blanks between the start of a line and a block or comment are dropped, unless the tag begins
///   with `{%+`.
/// - `-` inside a tag drops all whitespace on that side; one newline at the end of the source is
///   dropped.
struct TemplateLexer {
    let scalars: [Unicode.Scalar]
    var position = 0
    var line = 1
    private var tokens: [TemplateToken] = []
    /// True when the text that follows begins a line.
    private var isAtLineStart = true

    private init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in source.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        scalars = scalars.map { $0 == "\r" ? "\n" : $0 }
        if scalars.last == "\n" { scalars.removeLast() }
        self.scalars = scalars
    }

    static func tokens(of source: String) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(source)
        while lexer.position < lexer.scalars.count { try lexer.readTextAndTag() }
        lexer.add(.end)
        return lexer.tokens
    }

    func error(_ reason: String) -> TemplateError { .syntax(reason, line: line) }

    private mutating func add(_ kind: TemplateToken.Kind) {
        tokens.append(TemplateToken(kind: kind, line: line))
    }

    func starts(with text: StaticString, at index: Int) -> Bool {
        index <= scalars.count && scalars[index...].starts(with: text.description.unicodeScalars)
    }

    mutating func advance(to end: Int) {
        for scalar in scalars[position..<end] where scalar == "\n" { line += 1 }
        position = end
    }
}

// MARK: - Text

extension TemplateLexer {
    private mutating func readTextAndTag() throws(TemplateError) {
        var tag = position
        while tag < scalars.count, !(scalars[tag] == "{" && isTagKind(tag + 1)) { tag += 1 }
        guard tag < scalars.count else {
            addText(position..<tag)
            advance(to: tag)
            return
        }
        let kind = scalars[tag + 1]
        var next = tag + 2
        let sign: Unicode.Scalar? =
            next < scalars.count && (scalars[next] == "-" || scalars[next] == "+")
            ? scalars[next] : nil
        if sign != nil { next += 1 }
        addText(position..<textEnd(before: tag, sign: sign, isVariable: kind == "{"))
        advance(to: next)
        isAtLineStart = false
        switch kind {
        case "#": try skipComment()
        case "%":
            add(.blockBegin)
            try readTag(isBlock: true)
        default:
            add(.variableBegin)
            try readTag(isBlock: false)
        }
    }

    private func isTagKind(_ index: Int) -> Bool {
        guard index < scalars.count else { return false }
        return scalars[index] == "%" || scalars[index] == "{" || scalars[index] == "#"
    }

    private mutating func addText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        add(.text(GuardedText(units: scalars[range].map(\.value))))
    }

    private func textEnd(before tag: Int, sign: Unicode.Scalar?, isVariable: Bool) -> Int {
        var end = tag
        while end > position, scalars[end - 1].value.isPythonSpace {
            if sign != "-", scalars[end - 1] == "\n" { break }
            end -= 1
        }
        if sign == "-" { return end }
        guard sign != "+", !isVariable else { return tag }
        let isLineStart = end == position ? isAtLineStart : scalars[end - 1] == "\n"
        return isLineStart ? end : tag
    }

    private mutating func skipComment() throws(TemplateError) {
        let start = position
        var end = start
        while end < scalars.count, !starts(with: "#}", at: end) { end += 1 }
        guard end < scalars.count else { throw error("a comment without its end") }
        let sign = end > start ? scalars[end - 1] : nil
        finishTag(at: end + 2, sign: sign, dropsNewline: true)
    }

    /// Moves past a tag and the whitespace that its end swallows.
    private mutating func finishTag(at end: Int, sign: Unicode.Scalar?, dropsNewline: Bool) {
        var end = end
        if sign == "-" {
            while end < scalars.count, scalars[end].value.isPythonSpace { end += 1 }
        } else if dropsNewline, sign != "+", end < scalars.count, scalars[end] == "\n" {
            end += 1
        }
        advance(to: end)
        isAtLineStart = scalars[end - 1] == "\n"
    }
}

// MARK: - Tags

extension TemplateLexer {
    private mutating func readTag(isBlock: Bool) throws(TemplateError) {
        var brackets: [Unicode.Scalar] = []
        while position < scalars.count {
            if brackets.isEmpty, readTagEnd(isBlock: isBlock) { return }
            let scalar = scalars[position]
            if scalar.value.isPythonSpace {
                advance(to: position + 1)
                continue
            }
            let kind = try readToken()
            if case .symbol(let symbol) = kind { try balance(symbol, &brackets) }
            add(kind)
        }
        throw error("a tag without its end")
    }

    private mutating func readTagEnd(isBlock: Bool) -> Bool {
        let scalar = scalars[position]
        let hasSign = scalar == "-" || isBlock && scalar == "+"
        let close = hasSign ? position + 1 : position
        guard starts(with: isBlock ? "%}" : "}}", at: close) else { return false }
        add(isBlock ? .blockEnd : .variableEnd)
        finishTag(at: close + 2, sign: hasSign ? scalar : nil, dropsNewline: isBlock)
        return true
    }

    private func balance(_ symbol: String, _ brackets: inout [Unicode.Scalar]) throws(TemplateError)
    {
        switch symbol {
        case "(": brackets.append(")")
        case "[": brackets.append("]")
        case "{": brackets.append("}")
        case ")", "]", "}":
            guard let expected = brackets.popLast(), symbol.unicodeScalars.first == expected else {
                throw error("unexpected \(symbol)")
            }
        default: break
        }
    }
}
