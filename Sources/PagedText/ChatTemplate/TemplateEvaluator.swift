/// Runs the statements of a template within limits; it reaches nothing but the values given to it.
final class TemplateEvaluator {
    /// How a statement ended.
    enum Flow {
        case next
        case leaveLoop
        case nextRound
    }

    private let limits: TemplateLimits
    /// Seconds since 1970, for `strftime_now`.
    let time: Int
    private var steps = 0
    private var depth = 0
    private var written = 0
    /// Where the statement that runs begins.
    private var line = 1
    private var output = GuardedText()
    /// Namespaces can refer to each other in circles, which are broken at the end.
    private var namespaces: [NamespaceReference] = []

    init(limits: TemplateLimits, time: Int) {
        self.limits = limits
        self.time = time
    }

    func render(
        _ statements: [TemplateStatement],
        in scope: TemplateScope
    ) throws(TemplateError) -> GuardedText {
        defer { for namespace in namespaces { namespace.members.removeAll() } }
        do {
            _ = try run(statements, scope)
        } catch {
            throw error.stopped(at: line)
        }
        return output
    }

    // MARK: Limits

    /// Counts work: one step, and more for values of some size.
    func spend(_ size: Int = 0) throws(TemplateError) {
        steps += 1 + min(size, limits.steps * 16) / 16
        guard steps <= limits.steps else { throw .limitExceeded("\(limits.steps) steps") }
    }

    /// Runs a part that may contain itself.
    func nested<Result>(_ part: () throws(TemplateError) -> Result) throws(TemplateError) -> Result
    {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else {
            throw .limitExceeded("\(limits.depth) nested evaluations")
        }
        return try part()
    }

    func makeNamespace() -> NamespaceReference {
        let namespace = NamespaceReference()
        namespaces.append(namespace)
        return namespace
    }

    /// What `str(value)` gives; the work is counted before it is done.
    func text(_ value: RuntimeValue) throws(TemplateError) -> GuardedText {
        try spend(weight(value))
        return value.written
    }

    /// The size to count for going through all of a value.
    func weight(_ value: RuntimeValue) -> Int { min(value.weight, limits.steps) * 16 }

    private func write(_ text: GuardedText) throws(TemplateError) {
        try spend(text.count)
        written += text.count
        guard written <= limits.output else {
            throw .limitExceeded("\(limits.output) characters of output")
        }
        output.append(text)
    }

    /// Returns what a part writes, instead of writing it.
    func captured(_ part: () throws(TemplateError) -> Void) throws(TemplateError) -> GuardedText {
        let outer = output
        output = GuardedText()
        defer { output = outer }
        try part()
        return output
    }

    // MARK: Statements

    func run(_ statements: [TemplateStatement], _ scope: TemplateScope) throws(TemplateError)
        -> Flow
    {
        for statement in statements {
            let flow = try nested { () throws(TemplateError) in try run(statement, scope) }
            if flow != .next { return flow }
        }
        return .next
    }

    private func run(
        _ statement: TemplateStatement,
        _ scope: TemplateScope
    ) throws(TemplateError) -> Flow {
        try spend()
        switch statement {
        case .text(let text): try write(text)
        case .located(let statement, let line):
            let outer = self.line
            self.line = line
            let flow = try run(statement, scope)
            self.line = outer
            return flow
        case .output(let expression): try write(try text(try evaluate(expression, scope)))
        case .branches(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition, scope).isTrue {
                return try run(branch.body, scope)
            }
            return try run(otherwise, scope)
        case .loop(let loop): try run(loop, scope)
        case .set(let target, let value): try assign(try evaluate(value, scope), to: target, scope)
        case .setBlock(let target, let filters, let body):
            var value = RuntimeValue.text(
                try captured { () throws(TemplateError) in
                    _ = try run(body, TemplateScope(parent: scope))
                }
            )
            for filter in filters {
                value = try apply(filter.name, to: value, try evaluate(filter.arguments, scope))
            }
            try assign(value, to: target, scope)
        case .macro(let macro): scope[macro.name] = .macro(MacroReference(macro, scope))
        case .generation(let body): return try run(body, scope)
        case .leaveLoop: return .leaveLoop
        case .nextRound: return .nextRound
        }
        return .next
    }

    private func run(_ loop: TemplateStatement.Loop, _ scope: TemplateScope) throws(TemplateError) {
        var elements = try self.elements(of: try evaluate(loop.iterable, scope))
        if let condition = loop.condition {
            var kept: [RuntimeValue] = []
            for element in elements {
                let round = TemplateScope(parent: scope)
                try assign(element, to: loop.target, round)
                if try evaluate(condition, round).isTrue { kept.append(element) }
            }
            elements = kept
        }
        guard !elements.isEmpty else {
            _ = try run(loop.otherwise, scope)
            return
        }
        let state = LoopReference(elements)
        for index in elements.indices {
            try spend()
            state.index = index
            let round = TemplateScope(parent: scope)
            round["loop"] = .loop(state)
            try assign(elements[index], to: loop.target, round)
            if try run(loop.body, round) == .leaveLoop { return }
        }
    }

    func assign(
        _ value: RuntimeValue,
        to target: TemplateStatement.Target,
        _ scope: TemplateScope
    ) throws(TemplateError) {
        switch target {
        case .name(let name): scope[name] = value
        case .attribute(let name, let member):
            guard case .namespace(let namespace)? = scope[name] else {
                throw .failed("cannot set \(member) of \(name), which is no namespace")
            }
            namespace.members[member] = value
        case .tuple(let targets):
            let elements = try self.elements(of: value)
            guard elements.count == targets.count else {
                throw .failed("cannot unpack \(elements.count) values into \(targets.count) names")
            }
            for (target, element) in zip(targets, elements) {
                try assign(element, to: target, scope)
            }
        }
    }
}
