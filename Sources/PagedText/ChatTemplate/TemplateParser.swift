/// Builds the statements of a template from its tokens, and notes the names that must be known.
struct TemplateParser {
    static let maximumDepth = 60

    private let tokens: [TemplateToken]
    private var position = 0
    private var depth = 0
    private var loopDepth = 0
    var usage = TemplateUsage()

    private init(_ tokens: [TemplateToken]) { self.tokens = tokens }

    static func parse(
        _ source: String
    ) throws(TemplateError) -> (statements: [TemplateStatement], usage: TemplateUsage) {
        var parser = TemplateParser(try TemplateLexer.tokens(of: source))
        let statements = try parser.body(until: [])
        return (statements, parser.usage)
    }

    // MARK: Tokens

    var current: TemplateToken.Kind { tokens[position].kind }
    var line: Int { tokens[position].line }
    var following: TemplateToken.Kind { tokens[min(position + 1, tokens.count - 1)].kind }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    func error(_ reason: String) -> TemplateError { .syntax(reason, line: line) }

    func unexpected() -> TemplateError { error("unexpected \(tokens[position])") }

    mutating func take(_ kind: TemplateToken.Kind) -> Bool {
        guard current == kind else { return false }
        advance()
        return true
    }

    mutating func take(symbol: String) -> Bool { take(.symbol(symbol)) }

    mutating func take(word: String) -> Bool { take(.name(word)) }

    mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateError) {
        guard take(kind) else { throw unexpected() }
    }

    mutating func name() throws(TemplateError) -> String {
        guard case .name(let name) = current else { throw unexpected() }
        advance()
        return name
    }

    /// Runs a part that may contain itself, so that no source can exhaust the stack.
    mutating func nested<Result>(
        _ part: (inout TemplateParser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw error("nested deeper than \(Self.maximumDepth)")
        }
        return try part(&self)
    }
}

// MARK: - Statements

extension TemplateParser {
    /// Parses up to a block that begins with one of the words; that word is then current.
    private mutating func body(until ends: [String]) throws(TemplateError) -> [TemplateStatement] {
        var statements: [TemplateStatement] = []
        while true {
            let line = line
            switch current {
            case .text(let text):
                advance()
                statements.append(.text(text))
            case .variableBegin:
                advance()
                statements.append(.located(.output(try tupleOrExpression()), line: line))
                try expect(.variableEnd)
            case .blockBegin:
                advance()
                if case .name(let word) = current, ends.contains(word) { return statements }
                let statement = try nested { (parser) throws(TemplateError) in
                    try parser.statement()
                }
                statements.append(.located(statement, line: line))
            default:
                guard ends.isEmpty, current == .end else {
                    throw error("missing \(ends.joined(separator: " or "))")
                }
                return statements
            }
        }
    }

    /// Parses the body of a block and its closing tag.
    private mutating func block(until end: String) throws(TemplateError) -> [TemplateStatement] {
        try expect(.blockEnd)
        let statements = try body(until: [end])
        advance()
        try expect(.blockEnd)
        return statements
    }

    private mutating func statement() throws(TemplateError) -> TemplateStatement {
        let word = try name()
        switch word {
        case "if": return try branches()
        case "for": return try loop()
        case "set": return try assignment()
        case "macro": return try macro()
        case "generation": return .generation(try block(until: "endgeneration"))
        case "break", "continue":
            guard loopDepth > 0 else { throw error("\(word) outside a loop") }
            try expect(.blockEnd)
            return word == "break" ? .leaveLoop : .nextRound
        case "else", "elif": throw error("unexpected \(word)")
        case _ where word.hasPrefix("end"): throw error("unexpected \(word)")
        default: throw .notCovered("statement \(word)", line: line)
        }
    }

    private mutating func branches() throws(TemplateError) -> TemplateStatement {
        var branches: [TemplateStatement.Branch] = []
        var word = "if"
        while word == "if" || word == "elif" {
            let condition = try tupleOrExpression()
            try expect(.blockEnd)
            let body = try body(until: ["elif", "else", "endif"])
            branches.append(.init(condition: condition, body: body))
            word = try name()
        }
        let otherwise = word == "else" ? try block(until: "endif") : []
        if word != "else" { try expect(.blockEnd) }
        return .branches(branches, otherwise: otherwise)
    }

    private mutating func loop() throws(TemplateError) -> TemplateStatement {
        let target = try target(allowsAttribute: false)
        guard take(word: "in") else { throw unexpected() }
        let iterable = try tupleOrExpression(allowsConditional: false)
        let condition = take(word: "if") ? try expression() : nil
        if current == .name("recursive") { throw .notCovered("a recursive loop", line: line) }
        try expect(.blockEnd)
        loopDepth += 1
        let body = try body(until: ["else", "endfor"])
        loopDepth -= 1
        let otherwise = try name() == "else" ? try block(until: "endfor") : nil
        if otherwise == nil { try expect(.blockEnd) }
        return .loop(
            .init(
                target: target,
                iterable: iterable,
                condition: condition,
                body: body,
                otherwise: otherwise ?? []
            )
        )
    }

    private mutating func assignment() throws(TemplateError) -> TemplateStatement {
        let target = try target(allowsAttribute: true)
        if take(symbol: "=") {
            let value = try tupleOrExpression()
            try expect(.blockEnd)
            return .set(target, value)
        }
        var filters: [TemplateFilter] = []
        while take(symbol: "|") { filters.append(try filter()) }
        return .setBlock(target, filters: filters, body: try block(until: "endset"))
    }

    private mutating func target(
        allowsAttribute: Bool
    ) throws(TemplateError) -> TemplateStatement.Target {
        var targets: [TemplateStatement.Target] = []
        let isParenthesized = take(symbol: "(")
        repeat {
            let name = try name()
            if allowsAttribute, take(symbol: ".") {
                targets.append(.attribute(name, try self.name()))
            } else {
                usage.assigned.insert(name)
                targets.append(.name(name))
            }
        } while take(symbol: ",")
        if isParenthesized { try expect(.symbol(")")) }
        return targets.count == 1 ? targets[0] : .tuple(targets)
    }

    private mutating func macro() throws(TemplateError) -> TemplateStatement {
        let name = try name()
        usage.assigned.insert(name)
        var parameters: [TemplateStatement.Macro.Parameter] = []
        try expect(.symbol("("))
        while !take(symbol: ")") {
            if !parameters.isEmpty { try expect(.symbol(",")) }
            let parameter = try self.name()
            usage.assigned.insert(parameter)
            let standard = take(symbol: "=") ? try expression() : nil
            parameters.append(.init(name: parameter, standard: standard))
        }
        let outerLoopDepth = loopDepth
        loopDepth = 0
        defer { loopDepth = outerLoopDepth }
        return .macro(.init(name: name, parameters: parameters, body: try block(until: "endmacro")))
    }
}
