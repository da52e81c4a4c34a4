/// A parsed JSON document that keeps what `Dictionary` would lose: the order of members and keys
/// that differ only in Unicode normalisation, both of which matter in vocabularies and in chat
/// templates.
enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable {
        let name: String
        let value: JSONValue
    }

    /// The member with this name, nil for another kind of value or a missing name; JSON null counts
    /// as missing.
    subscript(name: StaticString) -> JSONValue? {
        let value = member(name.description)
        if case .null? = value { return nil }
        return value
    }

    /// The member with this name, which may be JSON null; nil for another kind of value or a missing name.
    func member(_ name: some StringProtocol) -> JSONValue? {
        members?.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    var members: [Member]? { if case .object(let value) = self { value } else { nil } }
}

/// Why a JSON text could not be read, and at which byte.
struct JSONError: Error, Equatable {
    let reason: String
    let offset: Int
}
