import PagedAPI
import PagedText

/// Checks the messages of a chat request and gives them the template's form.
enum ChatConversation {
    private static let roles = ["system", "developer", "user", "assistant", "tool"]

    /// The messages as templates know them: `developer`, which they do not, becomes `system`.
    static func messages(
        _ messages: [ChatRequestMessage],
        _ values: TemplateInputs
    ) throws(APIError) -> [ChatMessage] {
        guard !messages.isEmpty else {
            throw .invalid("messages", "is empty; at least one message is required.")
        }
        var conversation: [ChatMessage] = []
        for (index, message) in messages.enumerated() {
            let place = "messages[\(index)]"
            guard roles.contains(message.role) else {
                throw .invalid(
                    place + ".role",
                    "'\(message.role.prefix(40))' is not a role; allowed: "
                        + roles.joined(separator: ", ") + "."
                )
            }
            var fields: [String: TemplateValue] = [:]
            if let name = message.name { fields["name"] = .string(name) }
            if let call = message.toolCallID { fields["tool_call_id"] = .string(call) }
            if let thought = message.reasoningContent {
                fields["reasoning_content"] = .string(thought)
            }
            if message.toolCalls.map({ $0.count > 0 }) ?? false {
                fields["tool_calls"] = try values.toolCalls(ofMessage: index)
            }
            conversation.append(
                ChatMessage(
                    role: message.role == "developer" ? "system" : message.role,
                    content: try text(of: message, place + ".content"),
                    fields: fields
                )
            )
        }
        return conversation
    }

    /// The text of a message; parts are put together with line breaks, as in vLLM.
    private static func text(
        of message: ChatRequestMessage,
        _ place: String
    ) throws(APIError) -> String {
        switch message.content {
        case nil where message.role == "assistant":
            return ""
        case nil:
            throw .invalid(place, "is required.")
        case .text(let text):
            return text
        case .parts(let parts):
            var texts: [String] = []
            for (index, part) in parts.enumerated() {
                guard part.type == "text" else {
                    throw .invalid(
                        "\(place)[\(index)].type",
                        "'\(part.type.prefix(40))' is not supported; allowed: text."
                    )
                }
                guard let text = part.text else {
                    throw .invalid("\(place)[\(index)].text", "is required.")
                }
                texts.append(text)
            }
            return texts.joined(separator: "\n")
        }
    }
}
