// Precedence, lowest first: conditional, or, and, not, comparison, + -, ~, * / // %, **, unary,
// postfix, filter.
extension TemplateParser {
    private static let additive: [String: TemplateExpression.Operator] =
        ["+": .add, "-": .subtract]
    private static let multiplicative: [String: TemplateExpression.Operator] =
        ["*": .multiply, "/": .divide, "//": .floorDivide, "%": .remainder]
    /// Operators, filters and calls in one row build a tree as deep as the row is long.
    private static let maximumRow = 100

    mutating func expression() throws(TemplateError) -> TemplateExpression {
        try nested { (parser) throws(TemplateError) in try parser.conditional() }
    }

    /// An expression, or several with commas, which make a tuple.
    mutating func tupleOrExpression(
        allowsConditional: Bool = true
    ) throws(TemplateError) -> TemplateExpression {
        var elements: [TemplateExpression] = []
        var isTuple = false
        repeat {
            if !elements.isEmpty, isTupleEnd { break }
            elements.append(allowsConditional ? try expression() : try or())
            if case .symbol(",") = current { isTuple = true }
        } while take(symbol: ",")
        return isTuple ? .tuple(elements) : elements[0]
    }

    private var isTupleEnd: Bool {
        [.variableEnd, .blockEnd, .symbol(")"), .name("in")].contains(current)
    }

    private mutating func conditional() throws(TemplateError) -> TemplateExpression {
        var result = try or()
        var row = 0
        while take(word: "if") {
            row = try longer(row)
            let condition = try or()
            let otherwise = take(word: "else") ? try expression() : nil
            result = .conditional(condition, then: result, otherwise: otherwise)
        }
        return result
    }

    func longer(_ row: Int) throws(TemplateError) -> Int {
        guard row < Self.maximumRow else { throw error("more than \(row) operators in a row") }
        return row + 1
    }

    private mutating func or() throws(TemplateError) -> TemplateExpression {
        var result = try and()
        var row = 0
        while take(word: "or") {
            row = try longer(row)
            result = .or(result, try and())
        }
        return result
    }

    private mutating func and() throws(TemplateError) -> TemplateExpression {
        var result = try not()
        var row = 0
        while take(word: "and") {
            row = try longer(row)
            result = .and(result, try not())
        }
        return result
    }

    private mutating func not() throws(TemplateError) -> TemplateExpression {
        guard take(word: "not") else { return try comparison() }
        return .not(try nested { (parser) throws(TemplateError) in try parser.not() })
    }

    private mutating func comparison() throws(TemplateError) -> TemplateExpression {
        let left = try sum()
        var links: [TemplateExpression.Link] = []
        while let comparison = takeComparison() {
            links.append(.init(comparison: comparison, right: try sum()))
        }
        return links.isEmpty ? left : .comparisons(left, links)
    }

    private mutating func takeComparison() -> TemplateExpression.Comparison? {
        if case .symbol(let symbol) = current,
            let comparison = TemplateExpression.Comparison(rawValue: symbol)
        {
            advance()
            return comparison
        }
        if take(word: "in") { return .isIn }
        guard current == .name("not"), following == .name("in") else { return nil }
        advance()
        advance()
        return .isNotIn
    }

    private mutating func sum() throws(TemplateError) -> TemplateExpression {
        var result = try concatenation()
        var row = 0
        while case .symbol(let symbol) = current, let operation = Self.additive[symbol] {
            row = try longer(row)
            advance()
            result = .binary(operation, result, try concatenation())
        }
        return result
    }

    private mutating func concatenation() throws(TemplateError) -> TemplateExpression {
        var parts = [try product()]
        while take(symbol: "~") { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .concatenation(parts)
    }

    private mutating func product() throws(TemplateError) -> TemplateExpression {
        var result = try power()
        var row = 0
        while case .symbol(let symbol) = current, let operation = Self.multiplicative[symbol] {
            row = try longer(row)
            advance()
            result = .binary(operation, result, try power())
        }
        return result
    }

    private mutating func power() throws(TemplateError) -> TemplateExpression {
        var result = try unary(withFilters: true)
        var row = 0
        while take(symbol: "**") {
            row = try longer(row)
            result = .binary(.power, result, try unary(withFilters: true))
        }
        return result
    }

    private mutating func unary(withFilters: Bool) throws(TemplateError) -> TemplateExpression {
        var result: TemplateExpression
        if take(symbol: "-") {
            result = .negative(
                try nested { (parser) throws(TemplateError) in try parser.unary(withFilters: false)
                }
            )
        } else if take(symbol: "+") {
            result = .positive(
                try nested { (parser) throws(TemplateError) in try parser.unary(withFilters: false)
                }
            )
        } else {
            result = try primary()
        }
        result = try postfix(result)
        return withFilters ? try filtersAndTests(result) : result
    }
}
