/// A schema whose keywords are crossed off as they are used.
struct SchemaKeywords {
    /// Say nothing of what a text may be.
    private static let ignored: Set<String> = [
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description",
        "default",
        "example", "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding",
        "contentMediaType", "strict",
    ]

    let place: SchemaPlace
    /// Whether what cannot be followed is refused; it is left out otherwise.
    private let isStrict: Bool
    private(set) var left: [String: JSONValue] = [:]

    init(_ members: [JSONValue.Member], _ place: SchemaPlace, isStrict: Bool) {
        self.place = place
        self.isStrict = isStrict
        for member in members where !Self.ignored.contains(member.name) {
            left[member.name] = member.value
        }
    }

    /// Whether something is said of what the values are made of.
    var hasType: Bool { ["type", "properties", "items", "prefixItems"].contains(where: has) }

    func has(_ name: String) -> Bool { left[name] != nil }

    func has(_ name: String, _ text: String) -> Bool { left[name]?.string == text }

    mutating func take(_ name: String) -> JSONValue? { left.removeValue(forKey: name) }

    /// A number of things.
    mutating func takeCount(_ name: String, atMost limit: Int) throws(SchemaError) -> Int? {
        try takeInteger(name, in: 0...limit)
    }

    mutating func takeInteger(
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(SchemaError) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = value.integer, range.contains(number) else {
            guard isStrict else { return nil }
            throw (place + name).error(
                "must be an integer from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    mutating func takeArray(_ name: String) throws(SchemaError) -> [JSONValue]? {
        guard let value = take(name) else { return nil }
        guard let array = value.array, !array.isEmpty else {
            throw (place + name).error("must be an array that is not empty.")
        }
        return array
    }

    /// Refuses what nothing has used, unless it may be left out.
    func finish() throws(SchemaError) {
        guard isStrict, let name = left.keys.min() else { return }
        throw place.error("'\(name.prefix(40))' is not supported here; leave it out.")
    }
}
