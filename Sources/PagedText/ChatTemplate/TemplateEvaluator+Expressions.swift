extension TemplateEvaluator {
    func evaluate(
        _ expression: TemplateExpression,
        _ scope: TemplateScope
    ) throws(TemplateError) -> RuntimeValue {
        try spend()
        let value = try nested { () throws(TemplateError) in try compute(expression, scope) }
        guard value.depth <= RuntimeValue.maximumDepth else {
            throw .limitExceeded("\(RuntimeValue.maximumDepth) nested lists")
        }
        return value
    }

    func evaluate(
        _ expressions: [TemplateExpression],
        _ scope: TemplateScope
    ) throws(TemplateError) -> [RuntimeValue] {
        var values: [RuntimeValue] = []
        for expression in expressions { values.append(try evaluate(expression, scope)) }
        return values
    }

    private func compute(
        _ expression: TemplateExpression,
        _ scope: TemplateScope
    ) throws(TemplateError) -> RuntimeValue {
        switch expression {
        case .literal(let literal): return Self.value(literal)
        case .name(let name):
            return scope[name] ?? (Self.knowsFunction(name) ? .function(name) : .undefined(name))
        case .list(let elements): return .list(try evaluate(elements, scope))
        case .tuple(let elements): return .tuple(try evaluate(elements, scope))
        case .dictionary(let members): return try dictionary(members, scope)
        case .attribute(let base, let name):
            return try attribute(name, of: try evaluate(base, scope))
        case .item(let base, let index):
            return try item(try evaluate(index, scope), of: try evaluate(base, scope))
        case .slice(let base, let parts):
            return try slice(try evaluate(base, scope), try bounds(parts, scope))
        case .call(let callee, let arguments):
            return try call(try evaluate(callee, scope), try evaluate(arguments, scope))
        case .filter(let base, let name, let arguments):
            return try apply(name, to: try evaluate(base, scope), try evaluate(arguments, scope))
        case .test(let base, let name, let arguments):
            return .boolean(
                try passes(name, try evaluate(base, scope), try evaluate(arguments, scope))
            )
        case .conditional(let condition, let then, let otherwise):
            if try evaluate(condition, scope).isTrue { return try evaluate(then, scope) }
            guard let otherwise else { return .undefined("the else part") }
            return try evaluate(otherwise, scope)
        default: return try computeOperator(expression, scope)
        }
    }

    private func computeOperator(
        _ expression: TemplateExpression,
        _ scope: TemplateScope
    ) throws(TemplateError) -> RuntimeValue {
        switch expression {
        case .not(let operand): return .boolean(!(try evaluate(operand, scope).isTrue))
        case .and(let left, let right):
            let value = try evaluate(left, scope)
            return value.isTrue ? try evaluate(right, scope) : value
        case .or(let left, let right):
            let value = try evaluate(left, scope)
            return value.isTrue ? value : try evaluate(right, scope)
        case .negative(let operand):
            return try PythonNumbers.binary(.multiply, try evaluate(operand, scope), .integer(-1))
        case .positive(let operand):
            return try PythonNumbers.binary(.multiply, try evaluate(operand, scope), .integer(1))
        case .binary(let operation, let left, let right):
            return try binary(operation, try evaluate(left, scope), try evaluate(right, scope))
        case .comparisons(let first, let links): return try compare(first, links, scope)
        case .concatenation(let parts):
            var result = GuardedText()
            for value in try evaluate(parts, scope) { result.append(try text(value)) }
            return .text(result)
        default: return .undefined("an expression")
        }
    }

    private static func value(_ literal: TemplateExpression.Literal) -> RuntimeValue {
        switch literal {
        case .none: .none
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .text(let text): .text(text)
        }
    }

    private func dictionary(
        _ members: [TemplateExpression.Member],
        _ scope: TemplateScope
    ) throws(TemplateError) -> RuntimeValue {
        let result = DictionaryReference()
        for member in members {
            let key = try evaluate(member.key, scope)
            guard result.set(key, try evaluate(member.value, scope)) else {
                throw .failed("\(key.typeName) cannot be a key")
            }
        }
        return .dictionary(result)
    }

    // MARK: Operators

    private func binary(
        _ operation: TemplateExpression.Operator,
        _ left: RuntimeValue,
        _ right: RuntimeValue
    ) throws(TemplateError) -> RuntimeValue {
        switch (operation, left, right) {
        case (_, .undefined(let name), _), (_, _, .undefined(let name)):
            throw .failed("\(name) is undefined")
        case (.add, .text(let left), .text(let right)):
            try spend(left.count + right.count)
            return .text(GuardedText(units: left.units + right.units))
        case (.add, .list(let left), .list(let right)):
            try spend((left.elements.count + right.elements.count) * 16)
            return .list(left.elements + right.elements)
        case (.add, .tuple(let left), .tuple(let right)):
            try spend((left.elements.count + right.elements.count) * 16)
            return .tuple(left.elements + right.elements)
        case (.multiply, .text, _), (.multiply, .list, _):
            if let result = try repeated(left, right) { return result }
        case (.multiply, _, .text), (.multiply, _, .list):
            if let result = try repeated(right, left) { return result }
        case (.remainder, .text, _): throw .failed("% on text is not covered")
        default: break
        }
        return try PythonNumbers.binary(operation, left, right)
    }

    /// Python's `'ab' * 3` and `[1] * 3`; nil for other types.
    private func repeated(
        _ value: RuntimeValue,
        _ times: RuntimeValue
    ) throws(TemplateError) -> RuntimeValue? {
        guard let times = times.integer.map({ max(0, $0) }) else { return nil }
        let (size, isTooLarge) = weight(value).multipliedReportingOverflow(by: times)
        try spend(isTooLarge ? .max : size)
        switch value {
        case .text(let text):
            return .text(GuardedText(units: repeatElement(text.units, count: times).joined()))
        case .list(let list):
            return .list(Array(repeatElement(list.elements, count: times).joined()))
        default: return nil
        }
    }

    private func compare(
        _ first: TemplateExpression,
        _ links: [TemplateExpression.Link],
        _ scope: TemplateScope
    ) throws(TemplateError) -> RuntimeValue {
        var left = try evaluate(first, scope)
        for link in links {
            let right = try evaluate(link.right, scope)
            guard try holds(link.comparison, left, right) else { return .boolean(false) }
            left = right
        }
        return .boolean(true)
    }

    func holds(
        _ comparison: TemplateExpression.Comparison,
        _ left: RuntimeValue,
        _ right: RuntimeValue
    ) throws(TemplateError) -> Bool {
        try spend(weight(left))
        try spend(weight(right))
        switch comparison {
        case .equal: return left.equals(right)
        case .notEqual: return !left.equals(right)
        case .isIn: return try right.contains(left)
        case .isNotIn: return !(try right.contains(left))
        case .less: return try Self.ordered(left, right)
        case .greater: return try Self.ordered(right, left)
        case .lessOrEqual: return left.equals(right) ? true : try Self.ordered(left, right)
        case .greaterOrEqual: return left.equals(right) ? true : try Self.ordered(right, left)
        }
    }

    private static func ordered(
        _ left: RuntimeValue,
        _ right: RuntimeValue
    ) throws(TemplateError) -> Bool {
        if case .undefined(let name) = left { throw .failed("\(name) is undefined") }
        if case .undefined(let name) = right { throw .failed("\(name) is undefined") }
        return try left.isLess(than: right)
    }
}
