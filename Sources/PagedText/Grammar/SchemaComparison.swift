/// What two schemas say of values, as far as that is plain to see.
struct SchemaComparison {
    private static let mostLevels = 16
    /// Most schemas and constants that are looked at: references may lead to the same one over and over.
    private static let mostSchemas = 10_000

    /// Where references begin.
    private let root: JSONValue
    private var schemaCount = 0

    init(root: JSONValue) { self.root = root }

    /// The types of all values that follow a schema; nil if it does not say.
    mutating func types(of schema: JSONValue, level: Int = 0) -> Set<String>? {
        schemaCount += 1
        guard level < Self.mostLevels, schemaCount < Self.mostSchemas else { return nil }
        if let target = target(of: schema) { return types(of: target, level: level + 1) }
        if let values = Self.constants(of: schema) { return Set(values.map(\.typeName)) }
        if let type = schema["type"] {
            return Set((type.array ?? [type]).compactMap(\.string))
        }
        for part in schema["allOf"]?.array ?? [] {
            if let types = types(of: part, level: level + 1) { return types }
        }
        guard let choices = (schema["anyOf"] ?? schema["oneOf"])?.array else { return nil }
        var all: Set<String> = []
        for choice in choices {
            guard let types = types(of: choice, level: level + 1) else { return nil }
            all.formUnion(types)
        }
        return all
    }

    /// Whether no value follows both of two schemas: because of its type, or of a constant.
    mutating func areDisjoint(_ first: JSONValue, _ second: JSONValue, level: Int = 0) -> Bool {
        schemaCount += 1
        guard level < Self.mostLevels, schemaCount < Self.mostSchemas else { return false }
        if let target = target(of: first) { return areDisjoint(target, second, level: level + 1) }
        if let target = target(of: second) { return areDisjoint(first, target, level: level + 1) }
        if let texts = plainConstants(of: first), let others = plainConstants(of: second) {
            return texts.isDisjoint(with: others)
        }
        guard let types = self.types(of: first), let others = self.types(of: second) else {
            return false
        }
        let common = Self.widened(types).intersection(Self.widened(others))
        guard common == ["object"] else { return common.isEmpty }
        for name in Self.required(by: first).intersection(Self.required(by: second)) {
            if let value = first["properties"]?.member(name),
                let other = second["properties"]?.member(name),
                areDisjoint(value, other, level: level + 1)
            {
                return true
            }
        }
        return false
    }

    private static func required(by schema: JSONValue) -> Set<String> {
        Set((schema["required"]?.array ?? []).compactMap(\.string))
    }

    /// Numbers may be integers.
    private static func widened(_ types: Set<String>) -> Set<String> {
        types.contains("number") ? types.union(["integer"]) : types
    }

    /// The texts of constants that have only one.
    private mutating func plainConstants(of schema: JSONValue) -> Set<String>? {
        guard let values = Self.constants(of: schema) else { return nil }
        schemaCount += values.count
        let isPlain = values.allSatisfy { value in
            switch value {
            case .null, .boolean, .integer, .string: true
            case .number, .array, .object: false
            }
        }
        return isPlain ? Set(values.map(\.compactText)) : nil
    }

    private func target(of schema: JSONValue) -> JSONValue? {
        schema["$ref"]?.string.flatMap { root.value(at: $0) }
    }

    private static func constants(of schema: JSONValue) -> [JSONValue]? {
        schema.member("const").map { [$0] } ?? schema["enum"]?.array
    }
}

extension JSONValue {
    /// JSON schema's word for what the value is.
    fileprivate var typeName: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The schema; one that says nothing of a type is about objects.
    var describingObject: JSONValue {
        let speaking = ["type", "$ref", "const", "enum", "anyOf", "oneOf", "allOf"]
        guard let members, !members.contains(where: { speaking.contains($0.name) }) else {
            return self
        }
        return .object(members + [Member(name: "type", value: .string("object"))])
    }
}
