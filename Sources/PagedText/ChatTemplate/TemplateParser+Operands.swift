// What operators join: primaries with what follows them, such as `.name`, `[index]`, `(arguments)`,
// `| filter` and `is test`.
extension TemplateParser {
    mutating func postfix(_ base: TemplateExpression) throws(TemplateError) -> TemplateExpression {
        var result = base
        var row = 0
        while true {
            row = try longer(row)
            if take(symbol: ".") {
                if case .integer(let index) = current {
                    advance()
                    result = .item(result, .literal(.integer(index)))
                } else {
                    result = .attribute(result, try name())
                }
            } else if take(symbol: "[") {
                result = try subscripted(result)
            } else if current == .symbol("(") {
                result = try call(result)
            } else {
                return result
            }
        }
    }

    private mutating func call(_ callee: TemplateExpression) throws(TemplateError)
        -> TemplateExpression
    {
        switch callee {
        case .name(let name): usage.noteCall(of: name, line: line)
        case .attribute(_, let name): usage.noteMethod(name, line: line)
        default: break
        }
        return .call(callee, try arguments())
    }

    private mutating func subscripted(
        _ base: TemplateExpression
    ) throws(TemplateError) -> TemplateExpression {
        var parts: [TemplateExpression?] = []
        var isSlice = false
        while true {
            let isAbsent = current == .symbol(":") || current == .symbol("]")
            parts.append(isAbsent ? nil : try expression())
            guard take(symbol: ":") else { break }
            isSlice = true
        }
        if current == .symbol(",") { throw .notCovered("a subscript with a comma", line: line) }
        try expect(.symbol("]"))
        guard isSlice else {
            guard let index = parts[0] else { throw error("an empty subscript") }
            return .item(base, index)
        }
        guard parts.count <= 3 else { throw error("a slice of \(parts.count) parts") }
        return .slice(base, parts)
    }

    mutating func filtersAndTests(
        _ base: TemplateExpression
    ) throws(TemplateError) -> TemplateExpression {
        var result = base
        var row = 0
        while true {
            row = try longer(row)
            if take(symbol: "|") {
                let filter = try filter()
                result = .filter(result, filter.name, filter.arguments)
            } else if take(word: "is") {
                result = try test(result)
            } else if current == .symbol("(") {
                result = try call(result)
            } else {
                return result
            }
        }
    }

    mutating func filter() throws(TemplateError) -> TemplateFilter {
        let line = line
        let name = try name()
        usage.noteFilter(name, line: line)
        let arguments = current == .symbol("(") ? try arguments() : TemplateArguments()
        usage.noteNames(in: arguments, of: name, line: line)
        return TemplateFilter(name: name, arguments: arguments)
    }

    private mutating func test(
        _ subject: TemplateExpression
    ) throws(TemplateError) -> TemplateExpression {
        let isNegated = take(word: "not")
        usage.noteTest({ if case .name(let name) = current { name } else { "" } }(), line: line)
        let name = try name()
        var arguments = TemplateArguments()
        switch current {
        case .symbol("("): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"): throw error("two tests in a row")
        case .name, .string, .integer, .number, .symbol("["), .symbol("{"):
            arguments.positional = [try postfix(try primary())]
        default: break
        }
        let test = TemplateExpression.test(subject, name, arguments)
        return isNegated ? .not(test) : test
    }

    private mutating func arguments() throws(TemplateError) -> TemplateArguments {
        var arguments = TemplateArguments()
        try expect(.symbol("("))
        var isFirst = true
        while !take(symbol: ")") {
            if !isFirst {
                try expect(.symbol(","))
                if take(symbol: ")") { break }
            }
            isFirst = false
            if current == .symbol("*") || current == .symbol("**") {
                throw .notCovered("a call with * or **", line: line)
            }
            if case .name(let name) = current, following == .symbol("=") {
                advance()
                advance()
                arguments.named.append(.init(name: name, value: try expression()))
            } else {
                guard arguments.named.isEmpty else {
                    throw error("a positional argument after named ones")
                }
                arguments.positional.append(try expression())
            }
        }
        return arguments
    }
}

// MARK: - Primary

extension TemplateParser {
    mutating func primary() throws(TemplateError) -> TemplateExpression {
        defer { advance() }
        switch current {
        case .name(let name): return Self.named(name)
        case .integer(let value): return .literal(.integer(value))
        case .number(let value): return .literal(.number(value))
        case .string(var text):
            while case .string(let next) = following {
                advance()
                text.append(next)
            }
            return .literal(.text(text))
        case .symbol("("): return try parenthesized()
        case .symbol("["): return try list()
        case .symbol("{"): return try dictionary()
        default: throw unexpected()
        }
    }

    private static func named(_ name: String) -> TemplateExpression {
        switch name {
        case "true", "True": .literal(.boolean(true))
        case "false", "False": .literal(.boolean(false))
        case "none", "None": .literal(.none)
        default: .name(name)
        }
    }

    // These three stop at their closing bracket, which `primary` then moves past.

    private mutating func parenthesized() throws(TemplateError) -> TemplateExpression {
        advance()
        let result = current == .symbol(")") ? .tuple([]) : try tupleOrExpression()
        guard current == .symbol(")") else { throw unexpected() }
        return result
    }

    private mutating func list() throws(TemplateError) -> TemplateExpression {
        advance()
        var elements: [TemplateExpression] = []
        while current != .symbol("]") {
            if !elements.isEmpty {
                try expect(.symbol(","))
                if current == .symbol("]") { break }
            }
            elements.append(try expression())
        }
        return .list(elements)
    }

    private mutating func dictionary() throws(TemplateError) -> TemplateExpression {
        advance()
        var members: [TemplateExpression.Member] = []
        while current != .symbol("}") {
            if !members.isEmpty {
                try expect(.symbol(","))
                if current == .symbol("}") { break }
            }
            let key = try expression()
            try expect(.symbol(":"))
            members.append(.init(key: key, value: try expression()))
        }
        return .dictionary(members)
    }
}
