/// A tool that a model wants called.
package struct ToolCall: Sendable, Equatable {
    /// Which tool.
    package let name: String
    /// JSON, as the model wrote it; not checked against the tool's parameters.
    package let arguments: String
    /// Whether the arguments have not been cut off before their end.
    package let isWhole: Bool

    /// A call.
    package init(name: String, arguments: String, isWhole: Bool = true) {
        self.name = name
        self.arguments = arguments
        self.isWhole = isWhole
    }
}

extension ToolCall {
    /// The calls in a text that is one of them or an array of them, and nothing else.
    ///
    /// Arguments are called `arguments` or `parameters`: an object, or its JSON in a string.
    static func calls(in text: String) -> [ToolCall]? {
        let values: [TemplateValue]
        switch TemplateValue(json: text.utf8) {
        case .array(let array)?: values = array
        case let value?: values = [value]
        case nil: return nil
        }
        let calls = values.compactMap(ToolCall.init)
        return calls.isEmpty || calls.count < values.count ? nil : calls
    }

    private init?(_ value: TemplateValue) {
        guard case .object(let object) = value, case .string(let name)? = object["name"],
            !name.isEmpty
        else { return nil }
        switch object["arguments"] ?? object["parameters"] {
        case nil:
            self.init(name: name, arguments: "{}")
        case .string(let text)?:
            self.init(name: name, arguments: text)
        case let arguments?:
            var writer = TemplateJSONWriter()
            guard case .object = arguments,
                (try? writer.write(RuntimeValue(arguments))) != nil
            else { return nil }
            self.init(name: name, arguments: writer.output.string)
        }
    }
}
