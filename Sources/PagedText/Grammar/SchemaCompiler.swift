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

    init() {
        text = builder.reserve()
        rules = JSONRules(&builder)
    }

    /// The grammar of the values of a schema.
    mutating func grammar(of schema: JSONValue) throws(SchemaError) -> Grammar {
        root = schema
        builder.define(text, [[rules.space, try symbol(of: schema, SchemaPlace())]])
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
        guard let symbol = try? trial.symbol(of: schema, SchemaPlace()),
            trial.builder.grammar() != nil
        else { return nil }
        builder = trial.builder
        return symbol
    }

    mutating func symbol(
        of schema: JSONValue,
        _ place: SchemaPlace
    ) throws(SchemaError) -> Grammar.Symbol {
        guard builder.symbolCount < GrammarBuilder.symbolLimit, place.level <= Self.mostLevels
        else {
            throw place.error("is too large or nested too deeply.")
        }
        if schema.boolean == true { return rules.value }
        guard let members = schema.members else {
            throw place.error("must be an object or true.")
        }
        var keywords = SchemaKeywords(members, place)
        let symbol = try symbol(of: &keywords)
        try keywords.finish()
        return symbol
    }

    mutating func symbol(of keywords: inout SchemaKeywords) throws(SchemaError) -> Grammar.Symbol {
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

    mutating func symbol(
        ofType name: String,
        _ keywords: inout SchemaKeywords
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
