import PagedAPI
import PagedText

/// What a chat request gives to the chat template besides the messages' texts: tools, calls and
/// switches.
///
/// They are read from the body a second time, because templates write members in the order in
/// which they were sent, and `Decodable` loses it.
struct TemplateInputs {
    /// Most tools of a request, and most calls of a message.
    static let toolLimit = 128

    /// The switches that requests may set in `chat_template_kwargs`, and what is wrong with a
    /// value.
    private static let switches: [(name: String, problem: @Sendable (TemplateValue) -> String?)] = [
        ("builtin_tools", namesProblem), ("date_string", textProblem),
        ("enable_thinking", flagProblem), ("model_identity", textProblem),
        ("python_tools", namesProblem), ("reasoning_effort", textProblem),
        ("thinking", flagProblem), ("tools_in_user_message", flagProblem),
        ("xml_tools", namesProblem),
    ]

    private let request: ChatCompletionRequest
    /// The whole body; nil when it has nothing of this kind.
    private let body: TemplateObject?

    init(_ request: ChatCompletionRequest, body: [UInt8]) throws(APIError) {
        self.request = request
        let isNeeded =
            request.tools != nil || request.hasChatTemplateKwargs
            || request.messages.contains { $0.toolCalls != nil }
        guard isNeeded else {
            self.body = nil
            return
        }
        guard case .object(let object)? = TemplateValue(json: body) else {
            throw .invalid("tools", "or other members are nested too deeply.")
        }
        self.body = object
    }

    /// The template's variables.
    func variables() throws(APIError) -> [String: TemplateValue] {
        var variables: [String: TemplateValue] = [:]
        if let effort = request.reasoningEffort { variables["reasoning_effort"] = .string(effort) }
        if case .object(let kwargs)? = body?["chat_template_kwargs"] {
            for member in kwargs.members {
                try Self.check(member)
                variables[member.name] = member.value
            }
        } else if request.hasChatTemplateKwargs {
            throw .invalid("chat_template_kwargs", "must be an object.")
        }
        if request.tools.map({ $0.count > 0 }) ?? false { variables["tools"] = try tools() }
        return variables
    }

    private static func check(_ member: TemplateObject.Member) throws(APIError) {
        guard let known = switches.first(where: { $0.name == member.name }) else {
            throw .invalid(
                "chat_template_kwargs",
                "'\(member.name.prefix(40))' is not a switch; allowed: "
                    + switches.map(\.name).joined(separator: ", ") + "."
            )
        }
        if let problem = known.problem(member.value) {
            throw .invalid("chat_template_kwargs.\(member.name)", problem)
        }
    }

    private static func flagProblem(_ value: TemplateValue) -> String? {
        if case .boolean = value { nil } else { "must be true or false." }
    }

    private static func textProblem(_ value: TemplateValue) -> String? {
        guard case .string(let text) = value else { return "must be a string." }
        let size = text.utf8.count
        return size <= 256 ? nil : "has \(size) bytes; allowed: at most 256."
    }

    private static func namesProblem(_ value: TemplateValue) -> String? {
        guard case .array(let names) = value, names.count <= toolLimit,
            names.allSatisfy({ textProblem($0) == nil })
        else { return "must be an array of at most \(toolLimit) short strings." }
        return nil
    }
}

// MARK: - Tools

extension TemplateInputs {
    private func tools() throws(APIError) -> TemplateValue {
        guard case .array(let tools)? = body?["tools"] else {
            throw .invalid("tools", "must be an array.")
        }
        guard tools.count <= Self.toolLimit else {
            throw .invalid(
                "tools",
                "has \(tools.count) tools; allowed: at most \(Self.toolLimit)."
            )
        }
        for (index, tool) in tools.enumerated() {
            guard case .object(let tool) = tool, case .object(let function)? = tool["function"],
                case .string(let name)? = function["name"]
            else { throw .invalid("tools[\(index)]", "must have a 'function' with a 'name'.") }
            let place = "tools[\(index)].function"
            guard CallableTool.isName(name) else {
                throw .invalid(
                    place + ".name",
                    "'\(name.prefix(40))' is no name; allowed: 1 to 64 of a-z, A-Z, 0-9, '_', '-' and '.'."
                )
            }
            switch function["parameters"] {
            case nil, TemplateValue.none?, .object?: break
            default: throw .invalid(place + ".parameters", "must be an object, a JSON schema.")
            }
        }
        return .array(tools)
    }

    /// The calls of a message, with arguments as objects: templates write them themselves.
    func toolCalls(ofMessage index: Int) throws(APIError) -> TemplateValue {
        let place = "messages[\(index)].tool_calls"
        guard case .array(let messages)? = body?["messages"], messages.indices.contains(index),
            case .object(let message) = messages[index],
            case .array(let calls)? = message["tool_calls"], calls.count <= Self.toolLimit
        else { throw .invalid(place, "must be an array of at most \(Self.toolLimit) calls.") }
        var read: [TemplateValue] = []
        for (number, call) in calls.enumerated() {
            guard case .object(var call) = call, case .object(var function)? = call["function"],
                case .string? = function["name"]
            else {
                throw .invalid("\(place)[\(number)]", "must have a 'function' with a 'name'.")
            }
            function.parse("arguments")
            call.replace("function", by: .object(function))
            read.append(.object(call))
        }
        return .array(read)
    }
}

extension TemplateObject {
    fileprivate mutating func replace(_ name: String, by value: TemplateValue) {
        for index in members.indices where members[index].name == name {
            members[index].value = value
        }
    }

    /// Reads a member that is JSON in a string; one that is not stays text.
    fileprivate mutating func parse(_ name: String) {
        guard case .string(let text)? = self[name],
            case .object(let object)? = TemplateValue(json: text.utf8)
        else { return }
        replace(name, by: .object(object))
    }
}
