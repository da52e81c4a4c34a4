/// One message of a chat request.
package struct ChatRequestMessage: Decodable, Equatable, Sendable {
    /// `system`, `developer`, `user`, `assistant` or `tool`
    package let role: String
    /// The text; nil when the message has none.
    package let content: ChatContent?
    /// The participant's name.
    package let name: String?
    /// The call that a message of role `tool` answers.
    package let toolCallID: String?
    /// The calls that a message of role `assistant` made; what they are is read apart.
    package let toolCalls: CountedArray?
    /// What a model thought before it wrote a message of role `assistant`.
    package let reasoningContent: String?

    private enum CodingKeys: String, CodingKey {
        case role, content, name
        case toolCallID = "tool_call_id"
        case toolCalls = "tool_calls"
        case reasoningContent = "reasoning_content"
    }
}

/// The content of a message: a string, or an array of parts.
package enum ChatContent: Decodable, Equatable, Sendable {
    /// `"text"`
    case text(String)
    /// `[{"type": "text", "text": "..."}]`
    case parts([ChatContentPart])

    /// Most parts of a message; more are counted and not decoded.
    package static let partLimit = 1024

    /// Decodes either form.
    package init(from decoder: any Decoder) throws {
        if let text = try decoder.stringIfAny() {
            self = .text(text)
        } else if var items = try? decoder.unkeyedContainer() {
            self = .parts(
                try items.elements(of: ChatContentPart.self, atMost: Self.partLimit, "parts")
            )
        } else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "must be a string or an array of content parts"
                )
            )
        }
    }
}

/// One part of a message's content.
package struct ChatContentPart: Decodable, Equatable, Sendable {
    /// `text`; other types are not served.
    package let type: String
    /// The text of a part of type `text`.
    package let text: String?

    /// A part.
    package init(type: String, text: String?) {
        self.type = type
        self.text = text
    }
}
