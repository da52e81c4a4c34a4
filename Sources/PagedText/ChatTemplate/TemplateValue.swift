/// A value given to a chat template: what JSON can express, with the order of members kept.
package enum TemplateValue: Sendable, Equatable {
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([TemplateValue])
    case object(TemplateObject)
}

/// Named values in order, because templates write tools with `tojson` in the order given.
package struct TemplateObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: TemplateValue

        package init(name: String, value: TemplateValue) {
            self.name = name
            self.value = value
        }
    }

    package var members: [Member]

    package init(_ members: [Member] = []) { self.members = members }

    package subscript(name: String) -> TemplateValue? {
        members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}

extension TemplateObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self.init(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension TemplateValue {
    /// Reads a JSON text, keeping the order of members; nil when it is malformed.
    package init?(json: some Sequence<UInt8>) {
        guard let value = try? JSONParser.parse(Array(json)) else { return nil }
        self.init(value)
    }

    init(_ json: JSONValue) {
        switch json {
        case .null: self = .none
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.map(TemplateValue.init))
        case .object(let members):
            self = .object(
                TemplateObject(
                    members.map {
                        TemplateObject.Member(name: $0.name, value: TemplateValue($0.value))
                    }
                )
            )
        }
    }
}

/// One message of a chat, as templates see it.
package struct ChatMessage: Sendable {
    package var role: String
    package var content: String
    /// Further members such as `tool_calls`; `content` here replaces the text, for example with
    /// `.none`.
    package var fields: [String: TemplateValue]

    package init(role: String, content: String, fields: [String: TemplateValue] = [:]) {
        self.role = role
        self.content = content
        self.fields = fields
    }

    /// A message from JSON: an object with a role. Content that is no string becomes a field.
    package init?(_ value: TemplateValue) {
        guard case .object(let object) = value, case .string(let role)? = object["role"] else {
            return nil
        }
        self.init(role: role, content: "")
        for member in object.members where member.name != "role" {
            fields[member.name] = member.value
        }
    }
}
