/// A tool that a request offers, with the schema of its arguments.
package struct CallableTool: Sendable {
    /// What the model calls it.
    package let name: String
    /// Position among the tools of the request.
    package let index: Int
    let parameters: JSONValue?
    /// Whether keywords of the schema that cannot be followed are refused; they are left out otherwise.
    let isStrict: Bool

    /// The tools of a chat request's body; those without a name are left out.
    package static func list(json body: [UInt8]) -> [CallableTool] {
        let tools = (try? JSONParser.parse(body))?["tools"]?.array ?? []
        return tools.enumerated().compactMap { index, tool in
            guard let function = tool["function"], let name = function["name"]?.string else {
                return nil
            }
            return CallableTool(
                name: name,
                index: index,
                parameters: function["parameters"],
                isStrict: function["strict"]?.boolean == true
            )
        }
    }

    /// Whether a tool may have this name: OpenAI's names, and dots, which others allow.
    package static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_-.".utf8.contains(byte)
                }
            }
    }
}

/// Why no grammar can be made of a tool's calls.
package struct ToolError: Error {
    /// The tool.
    package let tool: CallableTool
    /// What is wrong with the schema of its arguments.
    package let error: SchemaError
}

extension AnswerMarkup {
    /// The grammar of an answer that is one call of one of these tools, with arguments that follow the tool's schema.
    package func callGrammar(_ tools: [CallableTool]) throws(ToolError) -> Grammar {
        let (before, argumentsName, after) = callFrame
        var compiler = SchemaCompiler()
        var calls: [GrammarBuilder.Sequence] = []
        for tool in tools {
            let head =
                "{\"name\": \(JSONValue.string(tool.name).compactText), \"\(argumentsName)\": "
            do throws(SchemaError) {
                let arguments = try compiler.arguments(of: tool.parameters, isStrict: tool.isStrict)
                calls.append(
                    GrammarBuilder.text(before + head) + [arguments]
                        + GrammarBuilder.text("}" + after)
                )
            } catch {
                throw ToolError(tool: tool, error: error)
            }
        }
        // Each tool's rules have been found to have no left recursion.
        return compiler.grammar(of: calls) ?? .jsonObject
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
