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

    private enum CodingKeys: String, CodingKey {
        case role, content, name
        case toolCallID = "tool_call_id"
    }
}

/// The content of a message: a string, or an array of parts.
package enum ChatContent: Decodable, Equatable, Sendable {
    /// `"text"`
    case text(String)
    /// `[{"type": "text", "text": "..."}]`
    case parts([ChatContentPart])

    /// Decodes either form.
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if (try? decoder.unkeyedContainer()) != nil {
            self = .parts(try value.decode([ChatContentPart].self))
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
