/// Python's arithmetic, where it differs from Swift's.
enum PythonNumbers {
    static func binary(
        _ operation: TemplateExpression.Operator,
        _ left: RuntimeValue,
        _ right: RuntimeValue
    ) throws(TemplateError) -> RuntimeValue {
        if operation != .divide, let left = left.integer, let right = right.integer {
            return try integers(operation, left, right)
        }
        guard let a = left.number, let b = right.number else {
            throw .failed(
                "\(operation.rawValue) cannot join \(left.typeName) and \(right.typeName)"
            )
        }
        return .number(try numbers(operation, a, b))
    }

    private static func integers(
        _ operation: TemplateExpression.Operator,
        _ left: Int,
        _ right: Int
    ) throws(TemplateError) -> RuntimeValue {
        switch operation {
        case .add: return try checked(left.addingReportingOverflow(right))
        case .subtract: return try checked(left.subtractingReportingOverflow(right))
        case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
        case .power: return try power(left, right)
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw .failed("division by zero") }
            let quotient = try checked(left.dividedReportingOverflow(by: right))
            let remainder = left.remainderReportingOverflow(dividingBy: right).partialValue
            let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .remainder { return .integer(isBelow ? remainder + right : remainder) }
            return isBelow ? .integer((quotient.integer ?? 0) - 1) : quotient
        }
    }

    private static func checked(
        _ result: (partialValue: Int, overflow: Bool)
    ) throws(TemplateError) -> RuntimeValue {
        guard !result.overflow else { throw .failed("a whole number beyond 64 bits") }
        return .integer(result.partialValue)
    }

    private static func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> RuntimeValue {
        guard (0...64).contains(exponent) else { throw .failed("the exponent \(exponent)") }
        var result = RuntimeValue.integer(1)
        for _ in 0..<exponent { result = try binary(.multiply, result, .integer(base)) }
        return result
    }

    private static func numbers(
        _ operation: TemplateExpression.Operator,
        _ left: Double,
        _ right: Double
    ) throws(TemplateError) -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power: throw .failed("a power of fractions")
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw .failed("division by zero") }
            if operation == .divide { return left / right }
            if operation == .floorDivide { return (left / right).rounded(.down) }
            let remainder = left.truncatingRemainder(dividingBy: right)
            return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder
        }
    }

    /// `repr` of a float: like Swift's description, but exponents begin at 1e16.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let text = value.description
        guard value.magnitude >= 1e16, !text.contains("e"), text.hasSuffix(".0") else {
            return text
        }
        let sign = value < 0 ? "-" : ""
        let digits = text.dropFirst(sign.count).dropLast(2)
        let exponent = digits.count - 1
        var fraction = digits.dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return sign + digits.prefix(1) + (fraction.isEmpty ? "" : ".\(fraction)") + "e+\(exponent)"
    }
}
