/// A value that is written as `null` when it is missing, where a plain optional leaves the key out.
///
/// OpenAI's bodies hold explicit nulls, and some clients insist on them.
package struct Nullable<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    /// The value.
    package var value: Value?

    /// A value or null.
    package init(_ value: Value?) {
        self.value = value
    }

    /// Null.
    package static var null: Self { Self(nil) }

    /// Decodes null as nil.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    /// Encodes nil as null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value {
            try container.encode(value)
        } else {
            try container.encodeNil()
        }
    }
}
