/// An expression of a template.
indirect enum TemplateExpression: Sendable {
    enum Literal: Sendable {
        case none
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case text(GuardedText)
    }

    enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case floorDivide = "//"
        case remainder = "%"
        case power = "**"
    }

    enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
        case isNotIn = "not in"
    }

    struct Link: Sendable {
        var comparison: Comparison
        var right: TemplateExpression
    }

    struct Member: Sendable {
        var key: TemplateExpression
        var value: TemplateExpression
    }

    case literal(Literal)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dictionary([Member])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression, [TemplateExpression?])
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case not(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case binary(Operator, TemplateExpression, TemplateExpression)
    case comparisons(TemplateExpression, [Link])
    case concatenation([TemplateExpression])
    case conditional(TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
}

/// The arguments of a call, filter or test as written.
struct TemplateArguments: Sendable {
    struct Named: Sendable {
        var name: String
        var value: TemplateExpression
    }

    var positional: [TemplateExpression] = []
    var named: [Named] = []
}

/// A statement of a template.
indirect enum TemplateStatement: Sendable {
    /// Where `set` and `for` put values.
    enum Target: Sendable {
        case name(String)
        case attribute(String, String)
        case tuple([Target])
    }

    struct Branch: Sendable {
        var condition: TemplateExpression
        var body: [TemplateStatement]
    }

    struct Loop: Sendable {
        var target: Target
        var iterable: TemplateExpression
        var condition: TemplateExpression?
        var body: [TemplateStatement]
        var otherwise: [TemplateStatement]
    }

    struct Macro: Sendable {
        struct Parameter: Sendable {
            var name: String
            var standard: TemplateExpression?
        }

        var name: String
        var parameters: [Parameter]
        var body: [TemplateStatement]
    }

    case text(GuardedText)
    /// A statement or output, and the line at which it begins.
    case located(TemplateStatement, line: Int)
    case output(TemplateExpression)
    case branches([Branch], otherwise: [TemplateStatement])
    case loop(Loop)
    case set(Target, TemplateExpression)
    case setBlock(Target, filters: [TemplateFilter], body: [TemplateStatement])
    case macro(Macro)
    /// `{% generation %}`: marks the assistant's part for training, renders its body.
    case generation([TemplateStatement])
    case leaveLoop
    case nextRound
}

/// A filter applied to a whole block.
struct TemplateFilter: Sendable {
    var name: String
    var arguments: TemplateArguments
}
