import Foundation
import PagedText
import Testing

/// Grammars of JSON, and of JSON schemas.
@Suite struct GrammarTests {
    private static func matches(_ grammar: Grammar, _ text: String) -> Bool {
        var matcher = GrammarMatcher(grammar)
        for byte in text.utf8 {
            guard matcher.allows([byte]) else { return false }
            matcher.append([byte])
        }
        return matcher.isComplete
    }

    private static func grammar(_ schema: String) throws -> Grammar {
        let schema = try #require(JSONSchema(json: Array(schema.utf8), at: []))
        return try schema.grammar()
    }

    /// A text that a grammar allows, drawn byte by byte; nil if it gets too long.
    private static func random(
        _ grammar: Grammar,
        using generator: inout some RandomNumberGenerator
    ) -> [UInt8]? {
        var matcher = GrammarMatcher(grammar)
        var text: [UInt8] = []
        while text.count < 2000 {
            // Brackets and quotes that close come often, so that texts end.
            var bytes = (0...255).map(UInt8.init).filter { matcher.allows([$0]) }
            bytes += bytes.filter { "\"}],".utf8.contains($0) }.flatMap {
                Array(repeating: $0, count: 20)
            }
            if matcher.isComplete, bytes.isEmpty || Bool.random(using: &generator) { return text }
            guard let byte = bytes.randomElement(using: &generator) else { return text }
            matcher.append([byte])
            text.append(byte)
        }
        return nil
    }

    // MARK: - JSON

    @Test(arguments: [
        #"{}"#, #" {}"#, "{\n  \"a\": 1,\n  \"b\": [1, -0.5, 2e10, 1E-7]\n}",
        #"{"é𝄞\u00e9\n":null}"#,
        #"{"a":{"b":[true,false,{}],"c":[]},"d":""}"#, #"{"a":-0}"#,
    ])
    func `Objects are allowed`(_ text: String) { #expect(Self.matches(.jsonObject, text)) }

    @Test(arguments: [
        "", "[]", "1", "{", "{}}", "{}\n", #"{"a"}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":01}"#,
        #"{"a":1.}"#,
        #"{"a":.5}"#, #"{"a":+1}"#, #"{"a":tru}"#, "{\"a\":\"\n\"}", #"{"a":"\x"}"#,
        #"{"a":"\ud800"}"#,
        #"{"a":NaN}"#, "{   \"a\":1}",
    ])
    func `What is no object is not`(_ text: String) { #expect(!Self.matches(.jsonObject, text)) }

    @Test func `Bytes that are no UTF-8 are not allowed`() {
        for bytes: [UInt8] in [[0xC0], [0xE0, 0x80], [0xED, 0xA0], [0xF4, 0x90], [0xFF], [0x80]] {
            var matcher = GrammarMatcher(.jsonObject)
            matcher.append(Array("{\"".utf8)[...])
            let isAllowed = matcher.allows(bytes[...])
            #expect(!isAllowed)
        }
    }

    @Test func `Whatever is drawn is JSON`() throws {
        var generator = SplitMix(state: 5)
        var count = 0
        for _ in 0..<300 {
            guard let text = Self.random(.jsonObject, using: &generator) else { continue }
            let value = try JSONSerialization.jsonObject(with: Data(text))
            #expect(value is [String: Any])
            count += 1
        }
        #expect(count > 200)
    }

    @Test func `A text of many bytes is followed in little memory`() {
        var matcher = GrammarMatcher(.jsonObject)
        matcher.append(Array("{\"a\":[".utf8)[...])
        for _ in 0..<100_000 { matcher.append(Array("[[1]],".utf8)[...]) }
        matcher.append(Array("0]}".utf8)[...])
        let allowsMore = matcher.allows(Array(" ".utf8)[...])
        #expect(matcher.isComplete && !allowsMore)
    }

    // MARK: - Schemas

    struct Case: Sendable, CustomTestStringConvertible {
        let schema: String
        let allowed: [String]
        let forbidden: [String]
        var testDescription: String { schema }
    }

    private static func animal(_ kind: String, required: String) -> String {
        #"{"type":"object","properties":{"kind":{"const":"\#(kind)"},"name":{}},"required":["\#(required)"]}"#
    }

    static let cases = [
        Case(schema: "true", allowed: ["1", "[]", #"{"a":1}"#], forbidden: [""]),
        Case(schema: #"{"title":"T","description":"x"}"#, allowed: ["null"], forbidden: ["nul"]),
        Case(
            schema: #"{"type":"integer"}"#,
            allowed: ["0", "-12", " 7"],
            forbidden: ["1.5", "01", "\"1\"", "1e3"]
        ),
        Case(schema: #"{"type":"number"}"#, allowed: ["1.5", "-1e-3"], forbidden: ["true"]),
        Case(schema: #"{"type":["string","null"]}"#, allowed: ["null", "\"\""], forbidden: ["1"]),
        Case(
            schema: #"{"type":"string","minLength":2,"maxLength":3}"#,
            allowed: [#""ab""#, #""aé\n""#],
            forbidden: [#""a""#, #""abcd""#]
        ),
        Case(
            schema: #"{"const":{"a":[1,"\""]}}"#,
            allowed: [#"{"a":[1,"\""]}"#],
            forbidden: ["{}"]
        ),
        Case(
            schema: #"{"enum":["red","green",3,null]}"#,
            allowed: [#""red""#, "3", "null"],
            forbidden: [#""blue""#, "\"re", "33"]
        ),
        Case(
            schema:
                #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"}},"required":["b"]}"#,
            allowed: [#"{"a":1,"b":true}"#, #"{"b": false}"#, "{\n\"a\": 1, \"b\": true\n}"],
            forbidden: [
                #"{}"#, #"{"a":1}"#, #"{"b":true,"a":1}"#, #"{"b":true,"c":1}"#, #"{"b":1}"#,
            ]
        ),
        Case(
            schema: #"{"properties":{"a":{},"b":{},"c":{}}}"#,
            allowed: ["{}", #"{"a":1}"#, #"{"a":1,"c":2}"#, #"{"b":[],"c":{}}"#, #"{"c":1}"#],
            forbidden: [#"{"c":1,"b":2}"#, #"{,"a":1}"#, #"{"a":1,}"#]
        ),
        Case(
            schema:
                #"{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"integer"}}"#,
            allowed: ["{}", #"{"a":"","x":1}"#, #"{"x":1,"y":2}"#],
            forbidden: [#"{"x":""}"#]
        ),
        Case(schema: #"{"type":"object"}"#, allowed: [#"{"x":[1]}"#, "{}"], forbidden: ["[]"]),
        Case(
            schema: #"{"type":"object","additionalProperties":false}"#,
            allowed: ["{}"],
            forbidden: [#"{"a":1}"#]
        ),
        Case(
            schema: #"{"type":"array","items":{"type":"integer"}}"#,
            allowed: ["[]", "[1]", "[1, 2,3]"],
            forbidden: ["[1.5]", "[,1]", "[1,]"]
        ),
        Case(
            schema: #"{"items":{"type":"boolean"},"minItems":1,"maxItems":2}"#,
            allowed: ["[true]", "[true,false]"],
            forbidden: ["[]", "[true,true,true]"]
        ),
        Case(
            schema: #"{"type":"array","minItems":2}"#,
            allowed: ["[1,2]", "[1,2,3]"],
            forbidden: ["[1]"]
        ),
        Case(
            schema: #"{"type":"array","maxItems":0}"#,
            allowed: ["[]", "[ ]"],
            forbidden: ["[1]"]
        ),
        Case(
            schema:
                #"{"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false,"minItems":2}"#,
            allowed: [#"[1,"a"]"#],
            forbidden: [#"["a",1]"#, "[1]", #"[1,"a",2]"#]
        ),
        Case(
            schema: ##"{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}"##,
            allowed: ["1", "[1,[2,[]]]"],
            forbidden: [#"["a"]"#]
        ),
        Case(
            schema:
                ##"{"$defs":{"node":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["next"]}},"$ref":"#/$defs/node"}"##,
            allowed: [#"{"next":{"next":null}}"#],
            forbidden: [#"{"next":{}}"#]
        ),
        Case(
            schema: #"{"oneOf":[{"type":"integer"},{"type":["string","null"]},{"enum":[true]}]}"#,
            allowed: ["1", "null", "true"],
            forbidden: ["false", "1.5"]
        ),
        Case(
            schema:
                ##"{"$defs":{"a":\##(animal("cat", required: "kind"))},"oneOf":[{"$ref":"#/$defs/a"},\##(animal("dog", required: "kind"))]}"##,
            allowed: [#"{"kind":"cat"}"#, #"{"kind":"dog","name":1}"#],
            forbidden: [#"{"kind":"cow"}"#, #"{"name":1}"#]
        ),
        Case(schema: #"{"allOf":[{"type":"null"}]}"#, allowed: ["null"], forbidden: ["1"]),
    ]

    @Test(arguments: cases) func `A schema allows what follows it, and only that`(_ one: Case)
        throws
    {
        let grammar = try Self.grammar(one.schema)
        for text in one.allowed { #expect(Self.matches(grammar, text), "\(text)") }
        for text in one.forbidden { #expect(!Self.matches(grammar, text), "\(text)") }
        var generator = SplitMix(state: 3)
        for _ in 0..<20 {
            guard let text = Self.random(grammar, using: &generator) else { continue }
            _ = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
        }
    }

    @Test(arguments: [
        (
            #"{"type":"array","uniqueItems":true}"#, "",
            "'uniqueItems' is not supported here; leave it out."
        ),
        (#"{"oneOf":[{"type":"integer"},{"type":"number"}]}"#, "/oneOf", "0 and 1 are not"),
        (#"{"oneOf":[{"type":"null"},{"type":"string"},{"enum":["a"]}]}"#, "/oneOf", "1 and 2 are"),
        (#"{"oneOf":[{"const":"a"},{"enum":["b","a"]}]}"#, "/oneOf", "0 and 1 are not"),
        (#"{"oneOf":[{"const":1.0},{"type":"integer"}]}"#, "/oneOf", "0 and 1 are not"),
        (#"{"oneOf":[{"properties":{}},{"type":"string"}]}"#, "/oneOf", "0 and 1 are not"),
        (##"{"oneOf":[{"$ref":"#"},{"$ref":"#"}]}"##, "/oneOf", "0 and 1 are not"),
        // The property that tells them apart may be left out.
        (
            #"{"oneOf":[\#(animal("cat", required: "name")),\#(animal("dog", required: "kind"))]}"#,
            "/oneOf", "0 and 1 are not"
        ),
        (#"{"properties":{"age":{"type":"number","minimum":0}}}"#, "/properties/age", "'minimum'"),
        (#"{"type":"integer","minimum":1.5}"#, "/minimum", "must be an integer from -9"),
        (#"{"type":"integer","minimum":3,"exclusiveMaximum":3}"#, "", "at least 3 and at most 2"),
        (#"{"type":"text"}"#, "/type", "'text' is no type"),
        (#"{"type":[]}"#, "/type", "a name or an array"), ("false", "", "an object or true"),
        (#"{"properties":{"a":false}}"#, "/properties/a", "an object or true"),
        (#"{"properties":[]}"#, "/properties", "must be an object"),
        (#"{"type":"object","properties":{"a/b":1}}"#, "/properties/a~1b", "must be an object"),
        (#"{"type":"object","properties":{},"required":["x"]}"#, "/required", "'x'"),
        (##"{"$ref":"#/nowhere"}"##, "/$ref", "'#/nowhere' is nowhere"),
        (#"{"$ref":"http://example.com"}"#, "/$ref", "must be '#'"),
        (##"{"$ref":"#"}"##, "", "refers to itself"),
        (##"{"anyOf":[{"$ref":"#"},{"type":"null"}]}"##, "", "refers to itself"),
        (#"{"type":"string","minLength":3,"maxLength":2}"#, "", "at least 3 and at most 2"),
        (#"{"type":"string","maxLength":100000}"#, "/maxLength", "from 0 to 10000"),
        (#"{"type":"array","minItems":-1}"#, "/minItems", "from 0 to 1000"),
        (#"{"enum":[]}"#, "/enum", "not empty"),
        (#"{"allOf":[{},{}]}"#, "/allOf", "one schema"), (#"{"oneOf":1}"#, "/oneOf", "an array"),
    ])
    func `A schema that cannot be followed says where and why`(
        _ schema: String,
        _ place: String,
        _ words: String
    ) throws {
        let error = try #require(throws: SchemaError.self) { try Self.grammar(schema) }
        #expect(error.place == place)
        #expect(error.problem.contains(words), "\(error.problem)")
    }

    @Test func `Schemas that are too large are refused, quickly`() throws {
        let deep =
            String(repeating: #"{"items":"#, count: 150) + "{}" + String(repeating: "}", count: 150)
        let wide = (0..<600).map { "\"p\($0)\":{}" }.joined(separator: ",")
        let long = (0..<400).map { "\"p\($0)\":{\"type\":\"string\",\"maxLength\":\(5000 + $0)}" }
            .joined(separator: ",")
        for schema in [deep, #"{"properties":{\#(wide)}}"#, #"{"properties":{\#(long)}}"#] {
            #expect(throws: SchemaError.self) { try Self.grammar(schema) }
        }
    }

    /// A value that looks like a schema here and there.
    private static func randomSchema(_ depth: Int, _ generator: inout SplitMix) -> String {
        let keywords = [
            "type", "properties", "items", "prefixItems", "anyOf", "allOf", "enum", "const", "$ref",
            "$defs",
            "required", "minItems", "maxItems", "minLength", "maxLength", "additionalProperties",
            "title",
        ]
        let words = [
            "object", "array", "string", "integer", "null", "#", "#/$defs/a", "a",
            "\u{e9}\u{1F98A}",
        ]
        func value(_ depth: Int) -> String { randomSchema(depth, &generator) }
        switch Int.random(in: 0..<(depth > 0 ? 10 : 4), using: &generator) {
        case 0: return "\(Int.random(in: -2...2000, using: &generator))"
        case 1: return Bool.random(using: &generator) ? "true" : "null"
        case 2, 3: return "\"\(words.randomElement(using: &generator) ?? "")\""
        case 4, 5: return "[\(value(depth - 1)),\(value(depth - 1))]"
        default:
            let members = (0..<3).map { _ in
                "\"\((keywords + ["a"]).randomElement(using: &generator) ?? "")\":\(value(depth - 1))"
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    @Test func `Any value is a schema that can be followed, or an error`() throws {
        var generator = SplitMix(state: 17)
        var followed = 0
        for _ in 0..<20_000 {
            let text = Self.randomSchema(4, &generator)
            let schema = try #require(JSONSchema(json: Array(text.utf8), at: []))
            guard let grammar = try? schema.grammar() else { continue }
            followed += 1
            guard followed % 50 == 0, let value = Self.random(grammar, using: &generator) else {
                continue
            }
            _ = try JSONSerialization.jsonObject(with: Data(value), options: .fragmentsAllowed)
        }
        #expect(followed > 500)
    }

    @Test func `Integers are within their bounds`() throws {
        var generator = SplitMix(state: 23)
        let bounds = [0, 1, 9, 10, 99, 100, 250, 999, 1000, 40_321, 999_999]
        for _ in 0..<200 {
            let ends = (0..<2).map { _ in
                (bounds.randomElement(using: &generator) ?? 0)
                    * (Bool.random(using: &generator) ? 1 : -1)
            }
            let (least, greatest) = (ends.min() ?? 0, ends.max() ?? 0)
            let grammar = try Self.grammar(
                #"{"type":"integer","minimum":\#(least),"maximum":\#(greatest)}"#
            )
            let near = ends.flatMap { end in (-2...2).map { end + $0 } }
            for number in near
                + (0..<20).map({ _ in Int.random(in: -2000...2000, using: &generator) })
            {
                let isWithin = (least...greatest).contains(number)
                #expect(Self.matches(grammar, "\(number)") == isWithin, "\(number) in \(ends)")
            }
            #expect(!Self.matches(grammar, "-0") && !Self.matches(grammar, "01"))
        }
        let large = try Self.grammar(#"{"type":"integer","exclusiveMinimum":-1}"#)
        #expect(Self.matches(large, "0") && Self.matches(large, "999999999999999999"))
        #expect(!Self.matches(large, "-1") && !Self.matches(large, "1000000000000000000"))
    }

    @Test func `Many optional members are followed`() throws {
        let members = (0..<500).map { "\"p\($0)\":{\"type\":\"null\"}" }.joined(separator: ",")
        let grammar = try Self.grammar(#"{"properties":{\#(members)}}"#)
        #expect(Self.matches(grammar, #"{"p499":null}"#))
        #expect(Self.matches(grammar, #"{"p0":null,"p250":null,"p499":null}"#))
        #expect(!Self.matches(grammar, #"{"p499":null,"p0":null}"#))
    }
}
