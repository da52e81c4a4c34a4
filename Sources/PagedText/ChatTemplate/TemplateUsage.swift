/// The names that a template uses as filters, tests, functions and methods, to be checked at load.
struct TemplateUsage {
    var assigned: Set<String> = []
    private var calls: [(name: String, line: Int)] = []
    private var others: [(kind: String, name: String, line: Int, isKnown: Bool)] = []

    mutating func noteCall(of name: String, line: Int) { calls.append((name, line)) }

    mutating func noteMethod(_ name: String, line: Int) {
        others.append(("method", name, line, TemplateEvaluator.knowsMethod(name)))
    }

    mutating func noteFilter(_ name: String, line: Int) {
        others.append(("filter", name, line, TemplateEvaluator.knowsFilter(name)))
    }

    mutating func noteTest(_ name: String, line: Int) {
        others.append(("test", name, line, TemplateEvaluator.knowsTest(name)))
    }

    /// `map('upper')` and `select('defined')` name filters and tests in their arguments.
    mutating func noteNames(in arguments: TemplateArguments, of filter: String, line: Int) {
        func name(_ index: Int) -> String? {
            guard arguments.positional.indices.contains(index),
                case .literal(.text(let text)) = arguments.positional[index]
            else { return nil }
            return text.string
        }
        switch filter {
        case "map": if let name = name(0) { noteFilter(name, line: line) }
        case "select", "reject": if let name = name(0) { noteTest(name, line: line) }
        case "selectattr", "rejectattr": if let name = name(1) { noteTest(name, line: line) }
        default: break
        }
    }

    /// Throws for the first name that nothing can define.
    func check() throws(TemplateError) {
        for use in others where !use.isKnown {
            throw .notCovered("\(use.kind) \(use.name)", line: use.line)
        }
        for call in calls
        where !assigned.contains(call.name) && !TemplateEvaluator.knowsFunction(call.name) {
            throw .notCovered("function \(call.name)", line: call.line)
        }
    }
}
