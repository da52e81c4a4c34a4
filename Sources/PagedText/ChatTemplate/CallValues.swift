/// The evaluated arguments of a call.
struct CallValues {
    var positional: [RuntimeValue] = []
    var named: [(name: String, value: RuntimeValue)] = []

    /// Sorts the arguments by parameter name, as Python does; nil for those not given.
    func bound(
        to parameters: [String],
        of callee: String
    ) throws(TemplateError) -> [RuntimeValue?] {
        guard positional.count <= parameters.count else {
            throw .failed(
                "\(callee) takes \(parameters.count) arguments, not \(positional.count)"
            )
        }
        var values: [RuntimeValue?] = positional
        values += Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name) else {
                throw .failed("\(callee) has no parameter \(name)")
            }
            guard values[index] == nil else { throw .failed("\(callee) gets \(name) twice") }
            values[index] = value
        }
        return values
    }
}

extension TemplateEvaluator {
    func evaluate(
        _ arguments: TemplateArguments,
        _ scope: TemplateScope
    ) throws(TemplateError) -> CallValues {
        var values = CallValues()
        values.positional = try evaluate(arguments.positional, scope)
        for argument in arguments.named {
            values.named.append((argument.name, try evaluate(argument.value, scope)))
        }
        return values
    }

    func call(
        _ callee: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        switch callee {
        case .function(let name): return try callFunction(name, arguments)
        case .method(let receiver, let name): return try callMethod(name, of: receiver, arguments)
        case .macro(let macro): return try call(macro, arguments)
        case .undefined(let name): throw .failed("\(name) is undefined, it cannot be called")
        default: throw .failed("\(callee.typeName) cannot be called")
        }
    }

    private func call(
        _ reference: MacroReference,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let macro = reference.macro
        guard let parent = reference.scope else {
            throw .failed("\(macro.name) is called after the loop that defined it")
        }
        let values = try arguments.bound(to: macro.parameters.map(\.name), of: macro.name)
        let scope = TemplateScope(parent: parent)
        for (parameter, value) in zip(macro.parameters, values) {
            if let value {
                scope[parameter.name] = value
            } else if let standard = parameter.standard {
                scope[parameter.name] = try evaluate(standard, scope)
            } else {
                scope[parameter.name] = .undefined(parameter.name)
            }
        }
        return .text(
            try captured { () throws(TemplateError) in _ = try run(macro.body, scope) }
        )
    }

    // MARK: Arguments

    func text(
        _ value: RuntimeValue?,
        _ what: String
    ) throws(TemplateError) -> GuardedText? {
        switch value {
        case nil, .some(.none): return nil
        case .text(let text): return text
        case let value?: throw .failed("\(what) must be a str, not \(value.typeName)")
        }
    }

    func integer(_ value: RuntimeValue?, _ what: String) throws(TemplateError) -> Int? {
        guard let value else { return nil }
        if case .none = value { return nil }
        guard let integer = value.integer else {
            throw .failed("\(what) must be an int, not \(value.typeName)")
        }
        return integer
    }
}
