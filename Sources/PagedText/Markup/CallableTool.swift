/// A tool that a request offers, with the schema of its arguments.
package struct CallableTool: Sendable {
    /// What the model calls it.
    package let name: String
    let parameters: JSONValue?

    /// The tools of a chat request's body; those without a name are left out.
    package static func list(json body: [UInt8]) -> [CallableTool] {
        let tools = (try? JSONParser.parse(body))?["tools"]?.array ?? []
        return tools.compactMap { tool in
            guard let function = tool["function"], let name = function["name"]?.string else {
                return nil
            }
            return CallableTool(name: name, parameters: function["parameters"])
        }
    }
}

extension AnswerMarkup {
    /// The grammar of an answer that is one call of one of these tools. Arguments follow a tool's schema; where that
    /// cannot be followed, they are any object.
    package func callGrammar(_ tools: [CallableTool]) -> Grammar {
        let (before, argumentsName, after) = callFrame
        var compiler = SchemaCompiler()
        return compiler.grammar(
            ofOne: tools.map { tool in
                let head =
                    "{\"name\": \(JSONValue.string(tool.name).compactText), \"\(argumentsName)\": "
                return (before + head, tool.parameters, "}" + after)
            }
        )
    }

    /// What stands before and behind the object of a call, and what its arguments are called.
    private var callFrame: (before: String, arguments: String, after: String) {
        switch self {
        case .hermes: (markers[0] + "\n", "arguments", "\n" + markers[1])
        case .phi: (markers[0] + "[", "arguments", "]" + markers[1])
        case .mistral: (markers[0] + "[", "arguments", "]")
        case .llama, .harmony: ("", "parameters", "")
        }
    }
}
