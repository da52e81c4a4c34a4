/// Turns a JSON schema into rules of a grammar.
struct SchemaCompiler {
    typealias Sequence = GrammarBuilder.Sequence

    /// Longest string and array that can be bounded: each place in it is a rule.
    static let mostCharacters = 10_000
    static let mostItems = 1000
    static let mostLevels = 64
    static let mostProperties = 500

    /// Where references begin.
    private(set) var root = JSONValue.null
    var builder = GrammarBuilder()
    let rules: JSONRules
    private let text: Int
    /// Rules of what `$ref` points to.
    var references: [String: Grammar.Symbol] = [:]
    /// Strings that match an expression.
    var patterns: [String: Grammar.Symbol] = [:]
    /// Whether what cannot be followed is refused; it is left out otherwise.
    private(set) var isStrict = true

    init() {
        text = builder.reserve()
        rules = JSONRules(&builder)
    }

    /// The grammar of the values of a schema.
    mutating func grammar(of schema: JSONValue) throws(SchemaError) -> Grammar {
        root = schema
        builder.define(text, [[rules.space, try symbol(of: schema, SchemaPlace())]])
        guard let grammar = builder.grammar() else {
            throw .leftRecursion
        }
        return grammar
    }

    /// The grammar of these texts.
    mutating func grammar(of texts: [Sequence]) -> Grammar? {
        builder.define(text, texts)
        return builder.grammar()
    }

    /// The arguments of a call: objects that follow a schema, or any if there is none.
    mutating func arguments(
        of schema: JSONValue?,
        isStrict: Bool
    ) throws(SchemaError) -> Grammar.Symbol {
        guard let schema else { return rules.object }
        let object = schema.describingObject
        (root, references, self.isStrict) = (object, [:], isStrict)
        let arguments = try symbol(of: object, SchemaPlace())
        guard !builder.hasLeftRecursion else { throw .leftRecursion }
        var comparison = SchemaComparison(root: object)
        guard comparison.types(of: object) == ["object"] else {
            throw SchemaPlace().error("must say that its type is \"object\".")
        }
        return arguments
    }

    mutating func symbol(
        of schema: JSONValue,
        _ place: SchemaPlace
    ) throws(SchemaError) -> Grammar.Symbol {
        guard builder.symbolCount < GrammarBuilder.symbolLimit, place.level <= Self.mostLevels
        else {
            try leaveOut(place.error("is too large or nested too deeply."))
            return rules.value
        }
        if schema.boolean == true { return rules.value }
        guard let members = schema.members else {
            throw place.error("must be an object or true.")
        }
        var keywords = SchemaKeywords(members, place, isStrict: isStrict)
        let symbol = try symbol(of: &keywords)
        try keywords.finish()
        return symbol
    }

    /// Refuses what cannot be followed, unless it may be left out.
    func leaveOut(_ error: SchemaError) throws(SchemaError) {
        if isStrict { throw error }
    }

    private mutating func symbol(of keywords: inout SchemaKeywords) throws(SchemaError)
        -> Grammar.Symbol
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
        // If something has to be left out, a type says more than what is beside it.
        if !isStrict, keywords.hasType { return try typed(&keywords) }
        for name in ["anyOf", "oneOf", "allOf"] {
            guard let schemas = try keywords.takeArray(name) else { continue }
            if name == "oneOf" { try checkDisjoint(schemas, place + name) }
            return try alternatives(schemas, place + name, areAll: name == "allOf")
        }
        return try typed(&keywords)
    }

    private mutating func alternatives(
        _ schemas: [JSONValue],
        _ place: SchemaPlace,
        areAll: Bool
    ) throws(SchemaError) -> Grammar.Symbol {
        if areAll, schemas.count > 1 {
            try leaveOut(place.error("is only supported with one schema."))
        }
        var alternatives: [Sequence] = []
        for (index, schema) in schemas.prefix(areAll ? 1 : schemas.count).enumerated() {
            alternatives.append([try symbol(of: schema, place + "\(index)")])
        }
        return builder.rule(alternatives)
    }

    /// Values that follow one of several schemas are to follow no other.
    private func checkDisjoint(_ schemas: [JSONValue], _ place: SchemaPlace) throws(SchemaError) {
        var comparison = SchemaComparison(root: root)
        for (index, schema) in schemas.enumerated() {
            for other in schemas[..<index].indices
            where !comparison.areDisjoint(schemas[other], schema) {
                try leaveOut(
                    place.error(
                        "is only supported where types, or constants of a required property, tell its schemas "
                            + "apart; \(other) and \(index) are not. Use 'anyOf'."
                    )
                )
                return
            }
        }
    }

    private mutating func typed(_ keywords: inout SchemaKeywords) throws(SchemaError)
        -> Grammar.Symbol
    {
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
        _ keywords: inout SchemaKeywords
    ) throws(SchemaError) -> Grammar.Symbol {
        switch name {
        case "object": return try object(&keywords)
        case "array": return try array(&keywords)
        case "string": return try string(&keywords)
        case "integer": return try integer(&keywords)
        case "number": return number(&keywords)
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
