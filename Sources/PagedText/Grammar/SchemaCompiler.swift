/// Turns a JSON schema into rules of a grammar.
struct SchemaCompiler {
    typealias Sequence = GrammarBuilder.Sequence

    /// Longest string and array that can be bounded: each place in it is a rule.
    private static let mostCharacters = 10_000
    private static let mostItems = 1000
    private static let mostLevels = 64
    private static let mostProperties = 500

    /// Say nothing of what a text may be.
    private static let ignored: Set<String> = [
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description",
        "default",
        "example", "examples", "deprecated", "readOnly", "writeOnly", "format", "contentEncoding",
        "contentMediaType", "strict",
    ]

    /// Where references begin.
    private var root = JSONValue.null
    private var builder = GrammarBuilder()
    private let rules: JSONRules
    private let text: Int
    /// Rules of what `$ref` points to.
    private var references: [String: Grammar.Symbol] = [:]

    init() {
        text = builder.reserve()
        rules = JSONRules(&builder)
    }

    /// The grammar of the values of a schema.
    mutating func grammar(of schema: JSONValue) throws(SchemaError) -> Grammar {
        root = schema
        builder.define(text, [[rules.space, try symbol(of: schema, Place())]])
        guard let grammar = builder.grammar() else {
            throw SchemaError(place: "", problem: "refers to itself without a value in between.")
        }
        return grammar
    }

    /// The grammar of texts that begin in one of several ways, go on with the values of a schema, and end; where there is
    /// no schema, or one that cannot be followed, with any object.
    mutating func grammar(ofOne choices: [(before: String, schema: JSONValue?, after: String)])
        -> Grammar
    {
        let alternatives = choices.map { choice in
            let value = choice.schema.flatMap { followed($0) } ?? rules.object
            return GrammarBuilder.text(choice.before) + [value] + GrammarBuilder.text(choice.after)
        }
        builder.define(text, alternatives)
        return builder.grammar() ?? .jsonObject
    }

    /// What follows a schema on its own; nil if it cannot be followed.
    private mutating func followed(_ schema: JSONValue) -> Grammar.Symbol? {
        var trial = self
        trial.root = schema
        trial.references = [:]
        guard let symbol = try? trial.symbol(of: schema, Place()), trial.builder.grammar() != nil
        else { return nil }
        builder = trial.builder
        return symbol
    }

    /// Where in the schema, for errors.
    private struct Place {
        var pointer = ""
        var level = 0

        static func + (place: Place, name: String) -> Place {
            let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
            return Place(pointer: place.pointer + "/" + escaped.prefix(100), level: place.level + 1)
        }

        func error(_ problem: String) -> SchemaError {
            SchemaError(place: pointer, problem: problem)
        }
    }

    /// A schema whose keywords are crossed off as they are used.
    private struct Keywords {
        let place: Place
        private(set) var left: [String: JSONValue] = [:]

        init(_ members: [JSONValue.Member], _ place: Place) {
            self.place = place
            for member in members where !SchemaCompiler.ignored.contains(member.name) {
                left[member.name] = member.value
            }
        }

        func has(_ name: String) -> Bool { left[name] != nil }

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

        /// Refuses what nothing has used.
        func finish() throws(SchemaError) {
            guard let name = left.keys.min() else { return }
            throw place.error("'\(name.prefix(40))' is not supported here; leave it out.")
        }
    }

    private mutating func symbol(
        of schema: JSONValue,
        _ place: Place
    ) throws(SchemaError) -> Grammar.Symbol {
        guard builder.symbolCount < GrammarBuilder.symbolLimit, place.level <= Self.mostLevels
        else {
            throw place.error("is too large or nested too deeply.")
        }
        if schema.boolean == true { return rules.value }
        guard let members = schema.members else {
            throw place.error("must be an object or true.")
        }
        var keywords = Keywords(members, place)
        let symbol = try symbol(of: &keywords)
        try keywords.finish()
        return symbol
    }

    private mutating func symbol(of keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol
    {
        let place = keywords.place
        if let reference = keywords.take("$ref") { return try target(of: reference, place) }
        if let value = keywords.take("const") {
            _ = keywords.take("type")
            return builder.rule([GrammarBuilder.text(value.compactText)])
        }
        if let values = try keywords.takeArray("enum") {
            _ = keywords.take("type")
            return builder.rule(values.map { GrammarBuilder.text($0.compactText) })
        }
        for name in ["anyOf", "oneOf", "allOf"] {
            guard let schemas = try keywords.takeArray(name) else { continue }
            guard name != "allOf" || schemas.count == 1 else {
                throw (place + name).error("is only supported with one schema.")
            }
            var alternatives: [Sequence] = []
            for (index, schema) in schemas.enumerated() {
                alternatives.append([try symbol(of: schema, place + name + "\(index)")])
            }
            return builder.rule(alternatives)
        }
        return try typed(&keywords)
    }

    private mutating func typed(_ keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol {
        guard let type = keywords.take("type") else {
            if keywords.has("properties") { return try object(&keywords) }
            if keywords.has("items") || keywords.has("prefixItems") { return try array(&keywords) }
            return rules.value
        }
        if let name = type.string { return try symbol(ofType: name, &keywords) }
        guard let names = type.array, !names.isEmpty else {
            throw (keywords.place + "type").error("must be a name or an array of names.")
        }
        let all = keywords
        var alternatives: [Sequence] = []
        for name in names {
            // Each takes the keywords that are about it.
            var own = all
            alternatives.append([try symbol(ofType: name.string ?? "", &own)])
            for used in all.left.keys where !own.has(used) { _ = keywords.take(used) }
        }
        return builder.rule(alternatives)
    }

    private mutating func symbol(
        ofType name: String,
        _ keywords: inout Keywords
    ) throws(SchemaError) -> Grammar.Symbol {
        switch name {
        case "object": return try object(&keywords)
        case "array": return try array(&keywords)
        case "string": return try string(&keywords)
        case "integer": return try integer(&keywords)
        case "number": return rules.number
        case "boolean": return rules.boolean
        case "null": return builder.rule([JSONRules.null])
        default:
            throw (keywords.place + "type").error(
                "'\(name.prefix(40))' is no type; allowed: object, array, string, integer, number, "
                    + "boolean, null."
            )
        }
    }
}

// MARK: - References

extension SchemaCompiler {
    private mutating func target(
        of reference: JSONValue,
        _ place: Place
    ) throws(SchemaError) -> Grammar.Symbol {
        let pointer = reference.string ?? ""
        if let known = references[pointer] { return known }
        guard let schema = value(at: pointer) else {
            throw (place + "$ref").error(
                "'\(pointer.prefix(100))' is nowhere in the schema; it must be '#' or begin with '#/'."
            )
        }
        let rule = builder.reserve()
        references[pointer] = .rule(rule)
        let symbol = try symbol(of: schema, Place(pointer: pointer, level: place.level + 1))
        builder.define(rule, [[symbol]])
        return .rule(rule)
    }

    /// What `#/a/b` points to.
    private func value(at pointer: String) -> JSONValue? {
        guard pointer == "#" || pointer.hasPrefix("#/") else { return nil }
        var value = root
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

// MARK: - Types

extension SchemaCompiler {
    private mutating func string(_ keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol {
        let least = try keywords.takeCount("minLength", atMost: Self.mostCharacters) ?? 0
        let most = try keywords.takeCount("maxLength", atMost: Self.mostCharacters)
        guard least > 0 || most != nil else { return rules.string }
        try check(least, most, keywords.place)
        let characters = builder.repetition(rules.character, least, most)
        return builder.rule([JSONRules.quote + characters + JSONRules.quote])
    }

    private mutating func integer(_ keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol
    {
        let most = JSONRules.greatestInteger
        let range = -most...most
        var (least, greatest) = (range.lowerBound, range.upperBound)
        for (name, step) in [("minimum", 0), ("exclusiveMinimum", 1)] {
            guard let bound = try keywords.takeInteger(name, in: range) else { continue }
            least = max(least, bound + step)
        }
        for (name, step) in [("maximum", 0), ("exclusiveMaximum", 1)] {
            guard let bound = try keywords.takeInteger(name, in: range) else { continue }
            greatest = min(greatest, bound - step)
        }
        if (least, greatest) == (range.lowerBound, range.upperBound) { return rules.integer }
        guard least <= greatest else {
            throw keywords.place.error("asks for at least \(least) and at most \(greatest).")
        }
        return JSONRules.integer(least...greatest, &builder)
    }

    private func check(_ least: Int, _ most: Int?, _ place: Place) throws(SchemaError) {
        guard let most, most < least else { return }
        throw place.error("asks for at least \(least) and at most \(most).")
    }

    private mutating func array(_ keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol {
        let place = keywords.place
        var first: Sequence = []
        for (index, schema) in (try keywords.takeArray("prefixItems") ?? []).enumerated() {
            first.append(try symbol(of: schema, place + "prefixItems" + "\(index)"))
        }
        let least = try keywords.takeCount("minItems", atMost: Self.mostItems) ?? 0
        var most = try keywords.takeCount("maxItems", atMost: Self.mostItems)
        let items = keywords.take("items")
        var item = rules.value
        if items?.boolean == false {
            most = min(most ?? first.count, first.count)
        } else if let items {
            item = try symbol(of: items, place + "items")
        }
        try check(least, most, place)
        let separator = JSONRules.comma + [rules.space]
        // Places that are told apart, from the last to the first; without a bound any number follows.
        let count = most ?? max(least, first.count, 1)
        var rest: Sequence = []
        if most == nil { rest = builder.repetition(builder.rule([separator + [item]]), 0, nil) }
        for index in (0..<count).reversed() {
            let own = index < first.count ? first[index] : item
            rest = (index == 0 ? [own] : separator + [own]) + rest
            if index >= least { rest = [builder.rule([[], rest])] }
        }
        let text = GrammarBuilder.text
        return builder.rule([text("[") + [rules.space] + rest + [rules.space] + text("]")])
    }

    private mutating func object(_ keywords: inout Keywords) throws(SchemaError) -> Grammar.Symbol {
        let place = keywords.place
        let properties = keywords.take("properties")
        guard let members = properties?.members ?? (properties == nil ? [] : nil) else {
            throw (place + "properties").error("must be an object.")
        }
        guard members.count <= Self.mostProperties else {
            throw (place + "properties").error(
                "has \(members.count) members; allowed: at most \(Self.mostProperties)."
            )
        }
        let required = Set((keywords.take("required")?.array ?? []).compactMap(\.string))
        if let missing = required.subtracting(members.map(\.name)).min() {
            throw (place + "required").error("'\(missing.prefix(40))' is not among the properties.")
        }
        var other: Grammar.Symbol?
        let additional = keywords.take("additionalProperties")
        if let additional, additional.boolean != false {
            other = try symbol(of: additional, place + "additionalProperties")
        } else if additional == nil, properties == nil {
            other = rules.value
        }
        var pairs: [(pair: Sequence, isRequired: Bool)] = []
        for member in members {
            let name = GrammarBuilder.text(JSONValue.string(member.name).compactText)
            let value = try symbol(of: member.value, place + "properties" + member.name)
            pairs.append(
                (name + JSONRules.colon + [rules.space, value], required.contains(member.name))
            )
        }
        let text = GrammarBuilder.text
        return builder.rule([
            text("{") + [rules.space, self.members(pairs, other), rules.space] + text("}")
        ])
    }

    /// Members in order, each of which may be left out unless it is required, then any number of others.
    private mutating func members(
        _ pairs: [(pair: Sequence, isRequired: Bool)],
        _ other: Grammar.Symbol?
    ) -> Grammar.Symbol {
        let separator = JSONRules.comma + [rules.space]
        // What may follow, after no member and after one.
        var first = builder.rule([[]])
        var later = first
        if let other {
            let pair = [rules.string] + JSONRules.colon + [rules.space, other]
            later = builder.rule([builder.repetition(builder.rule([separator + pair]), 0, nil)])
            first = builder.rule([[], pair + [later]])
        }
        for (pair, isRequired) in pairs.reversed() {
            let skipped = isRequired ? [] : [[first], [later]]
            first = builder.rule([pair + [later]] + skipped.prefix(1))
            later = builder.rule([separator + pair + [later]] + skipped.suffix(1))
        }
        return first
    }
}
