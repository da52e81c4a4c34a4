extension TemplateEvaluator {
    private static let plainTests: Set<String> = [
        "defined", "undefined", "none", "string", "mapping", "sequence", "iterable", "boolean",
        "true", "false", "integer", "float", "number", "callable", "odd", "even", "lower", "upper",
    ]
    private static let comparisons: [String: TemplateExpression.Comparison] = [
        "eq": .equal, "equalto": .equal, "ne": .notEqual, "lt": .less, "lessthan": .less,
        "le": .lessOrEqual, "gt": .greater, "greaterthan": .greater, "ge": .greaterOrEqual,
        "in": .isIn,
    ]

    static func knowsTest(_ name: String) -> Bool {
        plainTests.contains(name) || comparisons[name] != nil || name == "divisibleby"
    }

    func passes(
        _ name: String,
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> Bool {
        if let comparison = Self.comparisons[name] {
            guard let other = try arguments.bound(to: ["other"], of: name)[0] else {
                throw .failed("the test \(name) takes a value")
            }
            return try holds(comparison, value, other)
        }
        if name == "divisibleby" {
            let divisor = try integer(try arguments.bound(to: ["num"], of: name)[0], "the divisor")
            guard let divisor else { throw .failed("divisibleby takes a number") }
            return try PythonNumbers.binary(.remainder, value, .integer(divisor)).integer == 0
        }
        _ = try arguments.bound(to: [], of: name)
        return try passes(name, value)
    }

    private func passes(_ name: String, _ value: RuntimeValue) throws(TemplateError) -> Bool {
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", _): return value.isUndefined
        case ("none", .none), ("string", .text), ("mapping", .dictionary), ("boolean", .boolean),
            ("integer", .integer), ("float", .number), ("number", .integer), ("number", .number),
            ("number", .boolean), ("true", .boolean(true)), ("false", .boolean(false)),
            ("callable", .function), ("callable", .method), ("callable", .macro):
            return true
        case ("sequence", .list), ("sequence", .tuple), ("sequence", .dictionary),
            ("sequence", .text), ("sequence", .undefined), ("iterable", .list),
            ("iterable", .tuple),
            ("iterable", .dictionary), ("iterable", .text), ("iterable", .undefined):
            return true
        case ("odd", _), ("even", _):
            let isOdd = try PythonNumbers.binary(.remainder, value, .integer(2)).number == 1
            return isOdd == (name == "odd")
        case ("lower", _), ("upper", _):
            let text = try text(value)
            let isCased = text.units.contains { $0.unguardedScalar.properties.isCased }
            return isCased && text == (name == "lower" ? text.lowercased() : text.uppercased())
        default: return false
        }
    }
}
