extension TemplateEvaluator {
    private static let textFilters: Set<String> = [
        "trim", "upper", "lower", "capitalize", "title", "string", "safe", "replace", "indent",
    ]
    private static let sequenceFilters: Set<String> = [
        "length", "count", "list", "first", "last", "reverse", "join", "items", "dictsort", "sort",
        "unique", "map", "select", "reject", "selectattr", "rejectattr",
    ]
    private static let otherFilters: Set<String> = [
        "default", "d", "tojson", "int", "float", "abs",
    ]

    static func knowsFilter(_ name: String) -> Bool {
        textFilters.contains(name) || sequenceFilters.contains(name) || otherFilters.contains(name)
    }

    func apply(
        _ name: String,
        to value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        try spend(weight(value))
        if Self.textFilters.contains(name) { return try applyText(name, value, arguments) }
        if Self.sequenceFilters.contains(name) { return try applySequence(name, value, arguments) }
        switch name {
        case "default", "d":
            let values = try arguments.bound(to: ["default_value", "boolean"], of: name)
            let replaces = value.isUndefined || values[1]?.isTrue ?? false && !value.isTrue
            return replaces ? values[0] ?? .text("") : value
        case "tojson": return .text(try json(value, arguments))
        case "int", "float": return try converted(value, isInteger: name == "int", arguments)
        case "abs":
            let isNegative = try value.isLess(than: .integer(0))
            return try PythonNumbers.binary(.multiply, value, .integer(isNegative ? -1 : 1))
        default: throw .failed("the filter \(name) is not covered")
        }
    }

    private func applyText(
        _ name: String,
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let subject = try text(value)
        switch name {
        case "trim":
            return .text(
                subject.stripped(
                    try text(try arguments.bound(to: ["chars"], of: name)[0], "chars")
                )
            )
        case "replace": return try replace(subject, arguments)
        case "indent": return .text(try indented(subject, arguments))
        default: _ = try arguments.bound(to: [], of: name)
        }
        switch name {
        case "upper": return .text(subject.uppercased())
        case "lower": return .text(subject.lowercased())
        case "capitalize": return .text(subject.capitalized())
        case "title": return .text(subject.titled(isWordStart: Self.isWordStart))
        default: return .text(subject)
        }
    }

    /// The filter `title` begins a word after blanks, hyphens and opening brackets only.
    private static func isWordStart(_ previous: UInt32?) -> Bool {
        guard let previous else { return true }
        return previous.isPythonSpace
            || "-({[<".unicodeScalars.contains { $0.value == previous.unguarded }
    }

    private func indented(
        _ subject: GuardedText,
        _ arguments: CallValues
    ) throws(TemplateError) -> GuardedText {
        let values = try arguments.bound(to: ["width", "first", "blank"], of: "indent")
        let indentation: GuardedText
        if case .text(let text)? = values[0] {
            indentation = text
        } else {
            let width = try integer(values[0], "the width of indent") ?? 4
            try spend(width)
            indentation = GuardedText(String(repeating: " ", count: max(0, width)))
        }
        // Like Jinja2, which appends a newline before it splits the text into lines.
        var lines = subject.lines()
        if subject.count == 0
            || "\n\r".unicodeScalars.contains(subject.units[subject.count - 1].unguardedScalar)
        {
            lines.append(GuardedText())
        }
        try spend(lines.count * indentation.count)
        let indentsFirst = values[1]?.isTrue ?? false
        let indentsBlank = values[2]?.isTrue ?? false
        let indentedLines = lines.enumerated().map { index, line in
            let isIndented = index == 0 ? indentsFirst : indentsBlank || line.count > 0
            return isIndented ? GuardedText(units: indentation.units + line.units) : line
        }
        return GuardedText.joined(indentedLines, by: GuardedText("\n"))
    }

    private func converted(
        _ value: RuntimeValue,
        isInteger: Bool,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let names = isInteger ? ["default", "base"] : ["default"]
        let values = try arguments.bound(to: names, of: isInteger ? "int" : "float")
        let standard = values[0] ?? (isInteger ? .integer(0) : .number(0))
        var number = value.number
        if case .text(let text) = value {
            let digits = text.stripped().string
            if isInteger, let integer = Int(digits) { return .integer(integer) }
            number = Double(digits)
        }
        if isInteger, let integer = value.integer { return .integer(integer) }
        guard let number, !isInteger || number.isFinite else { return standard }
        guard isInteger else { return .number(number) }
        return Int(exactly: number.rounded(.towardZero)).map(RuntimeValue.integer) ?? standard
    }
}
