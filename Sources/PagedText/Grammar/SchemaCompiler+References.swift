extension SchemaCompiler {
    mutating func target(
        of reference: JSONValue,
        _ place: SchemaPlace
    ) throws(SchemaError) -> Grammar.Symbol {
        let pointer = reference.string ?? ""
        if let known = references[pointer] { return known }
        guard let schema = root.value(at: pointer) else {
            let error = (place + "$ref").error(
                "'\(pointer.prefix(100))' is nowhere in the schema; it must be '#' or begin with '#/'."
            )
            guard !isStrict, !pointer.hasPrefix("#") else { throw error }
            return rules.value
        }
        let rule = builder.reserve()
        references[pointer] = .rule(rule)
        let symbol = try symbol(of: schema, SchemaPlace(pointer: pointer, level: place.level + 1))
        builder.define(rule, [[symbol]])
        return .rule(rule)
    }
}

extension JSONValue {
    /// What `#/a/b` points to.
    func value(at pointer: String) -> JSONValue? {
        guard pointer == "#" || pointer.hasPrefix("#/") else { return nil }
        var value = self
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: true) {
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            if let array = value.array {
                guard let index = Int(name), array.indices.contains(index) else { return nil }
                value = array[index]
            } else {
                guard let member = value.member(name) else { return nil }
                value = member
            }
        }
        return value
    }
}
