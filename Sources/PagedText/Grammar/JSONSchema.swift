/// A JSON schema that texts shall follow.
///
/// ```swift
/// let schema = JSONSchema(json: body, at: ["response_format", "json_schema", "schema"])
/// let grammar = try schema?.grammar()
/// ```
///
/// Members come in the order of `properties`. Only where `additionalProperties` is there, or no `properties` are, come
/// others after them. Keywords that only describe are ignored; those that would constrain and cannot be followed are refused by name.
package struct JSONSchema: Sendable {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    /// The schema under members of a JSON document; nil if it is not there.
    package init?(json: [UInt8], at path: [String]) {
        guard var value = try? JSONParser.parse(json) else { return nil }
        for name in path {
            guard let member = value.member(name) else { return nil }
            value = member
        }
        self.value = value
    }

    /// The grammar of the texts that follow the schema.
    package func grammar() throws(SchemaError) -> Grammar {
        var compiler = SchemaCompiler()
        return try compiler.grammar(of: value)
    }
}
