import Foundation
import PagedText
import Testing

/// Regular expressions and formats of strings.
@Suite struct PatternTests {
    private static func grammar(_ keyword: String, _ value: String) throws -> Grammar {
        try grammar(#"{"type":"string","\#(keyword)":\#(json(value))}"#)
    }

    private static func grammar(_ schema: String) throws -> Grammar {
        let schema = try #require(JSONSchema(json: Array(schema.utf8), at: []))
        return try schema.grammar()
    }

    /// A string as JSON, with the shortest escapes.
    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\u{1}": result += "\\u0001"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func matches(_ grammar: Grammar, _ text: String) -> Bool {
        var matcher = GrammarMatcher(grammar)
        for byte in json(text).utf8 {
            guard matcher.allows([byte]) else { return false }
            matcher.append([byte])
        }
        return matcher.isComplete
    }

    static let patterns: [(String, allowed: [String], forbidden: [String])] = [
        ("^a+$", ["a", "aaa"], ["", "b", "ab", "ba"]),
        ("a+", ["a", "xay", "\"\\a\n"], ["", "xyz"]),
        ("^a", ["a", "ab"], ["", "ba"]), ("a$", ["a", "ba"], ["", "ab"]),
        ("^a|b$", ["a", "ax", "b", "xb"], ["xa", "bx", ""]),
        ("^(a|bc)$", ["a", "bc"], ["abc", "b", "ac"]), ("", ["", "x"], []), ("^$", [""], ["x"]),
        (
            "^[A-Z]{2}-\\d{3,5}$", ["AB-123", "ZZ-12345"],
            ["AB-12", "AB-123456", "ab-123", "AB-१२३"]
        ),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]), ("^a{0}b??$", ["", "b"], ["a", "bb"]),
        ("^(?:ab)*?(?<n>c)?$", ["", "abab", "abc", "c"], ["a", "cc"]),
        ("^(a*)*$", ["", "aaa"], ["b"]), ("^(a|b*)+c$", ["c", "abbac"], ["", "ab"]),
        ("^(a?){2,3}$", ["", "a", "aaa"], ["aaaa"]),
        ("^((a|bc){2}){2}$", ["aabca"], ["aaa", "aaaaa"]),
        ("^[^a-c]$", ["d", "é", "\u{1F600}", "\"", "\\", "\n", "\u{1}"], ["a", "", "dd"]),
        ("^.$", ["a", "\"", "\t", "\u{7FF}", "\u{FFFF}", "\u{10FFFF}"], ["\n", "\u{2028}", ""]),
        ("^[\\w.-]+$", ["a_1.-Z"], ["é", " ", "a b"]), ("^[\\d-x]$", ["-", "x", "7"], ["y"]),
        ("^\\s\\S$", [" a", "\u{A0}é", "\n."], ["a ", "  "]), ("^\\W\\D$", ["é."], ["a.", ".1"]),
        ("^[α-ω]+$", ["αλφα"], ["a", "Α"]),
        ("^[\u{10000}-\u{1F600}]$", ["\u{1F600}"], ["\u{FFFD}"]),
        ("^\\u00e9\\x41\\uD83D\\uDE00$", ["éA\u{1F600}"], ["eA"]),
        ("^\\^\\$\\.\\{\\}\\/\\\\\"$", ["^$.{}/\\\""], ["^$.{}/\""]), ("^a}]$", ["a}]"], ["a"]),
        ("^[\\b\\]\\\\^-]$", ["]", "\\", "^", "-"], ["b", "\"", "["]),
    ]

    @Test(arguments: patterns.indices)
    func `A pattern is found in what it matches, and nowhere else`(index: Int) throws {
        let (pattern, allowed, forbidden) = Self.patterns[index]
        let grammar = try Self.grammar("pattern", pattern)
        for text in allowed { #expect(Self.matches(grammar, text), "\(text) in \(pattern)") }
        for text in forbidden { #expect(!Self.matches(grammar, text), "\(text) in \(pattern)") }
    }

    @Test(arguments: [
        ("(?=a)", "look-around before character 3"), ("(?!a)", "look-around"),
        ("(?<=a)b", "look-around"), ("(?<!a)b", "look-around"),
        ("(a)\\1", "a back-reference '\\1'"),
        ("(?<n>a)\\k<n>", "a back-reference '\\k'"), ("\\p{L}", "a property '\\p'"),
        ("\\bword\\b", "a word boundary '\\b'"), ("\\B", "a word boundary"),
        ("a^b", "an anchor '^'"),
        ("(^a|b)", "an anchor '^'"), ("a$b", "an anchor '$'"), ("(?i)a", "a group with '(?'"),
        ("a**", "nothing to repeat"), ("*", "nothing to repeat"), ("a{x}", "a '{' without a count"),
        ("a{2,1}", "a malformed"), ("a{2000}", "a count beyond 1000"),
        ("(a", "a '(' without its end"),
        ("a)", "an unbalanced ')'"), ("[a", "a '[' without its end"),
        ("[]", "a class without members"),
        ("[^\\s\\S]", "a class without members"), ("[b-a]", "ends before it begins"),
        ("\\", "a lone"),
        ("\\cA", "an escape '\\c'"), ("\\uD800", "half a surrogate"), ("\\x1", "2 hexadecimal"),
        (
            String(repeating: "(", count: 60) + String(repeating: ")", count: 60),
            "more than 50 groups"
        ),
    ])
    func `What of a pattern cannot be followed is refused by name`(
        _ pattern: String,
        _ words: String
    )
        throws
    {
        let error = try #require(throws: SchemaError.self) { try Self.grammar("pattern", pattern) }
        #expect(error.place == "/pattern")
        #expect(error.problem.contains(words), "\(error.problem)")
    }

    @Test(arguments: [
        "^(a{1,1000}){1,1000}$", "((((){1000}){1000}){1000}){1000}", "(.{1,300}){300}",
        String(repeating: "a", count: 30_000),
    ])
    func `Patterns that would take too much are refused, quickly`(_ pattern: String) throws {
        let start = ContinuousClock.now
        let error = try #require(throws: SchemaError.self) {
            _ = try Self.grammar("pattern", pattern)
        }
        #expect(error.problem.contains("is too large"), "\(error.problem)")
        #expect(start.duration(to: .now) < .seconds(2))
    }

    @Test(arguments: [
        "^(.?){1000}$", "^(.{1,20}){1,20}$", "^(.*a.{0,50}b){3}", "^((a*)*)*$|(x+x+)+y",
    ])
    func `Patterns with many readings are followed in little time`(_ pattern: String) throws {
        let start = ContinuousClock.now
        var matcher = GrammarMatcher(try Self.grammar("pattern", pattern))
        matcher.append(Array(("\"" + String(repeating: "xab", count: 30)).utf8)[...])
        for _ in 0..<1000 { _ = matcher.allows(Array("abcdefgh".utf8)[...]) }
        #expect(start.duration(to: .now) < .seconds(10))
    }

    /// An expression over few characters, most of which ICU understands as ECMA-262 does.
    private static func random(_ depth: Int, _ generator: inout SplitMix) -> String {
        let atoms = [
            "a", "b", "é", "[ab]", "[^a]", ".", "\\d", "\\\\", "\"", "[é-\u{1F600}]", "\\W",
        ]
        func next() -> String { random(depth - 1, &generator) }
        guard depth > 0 else { return atoms.randomElement(using: &generator) ?? "a" }
        switch Int.random(in: 0..<7, using: &generator) {
        case 0, 1: return next() + next()
        case 2: return "(?:\(next())|\(next()))"
        case 3: return "(?:\(next()))\(["*", "+", "?"].randomElement(using: &generator) ?? "")"
        case 4: return "(\(next())){\(Int.random(in: 0...2, using: &generator)),2}"
        default: return next()
        }
    }

    @Test func `Random patterns match what ICU says`() throws {
        var generator = SplitMix(state: 41)
        var counts = [false: 0, true: 0]
        for _ in 0..<500 {
            let inner = Self.random(4, &generator)
            let start = Bool.random(using: &generator) ? "^" : ""
            let pattern = "\(start)(?:\(inner))" + (Bool.random(using: &generator) ? "$" : "")
            let grammar = try Self.grammar("pattern", pattern)
            let expression = try NSRegularExpression(pattern: pattern)
            for _ in 0..<20 {
                let text = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    ["a", "b", "é", "1", "\\", "\"", "\u{1F600}"].randomElement(using: &generator)
                        ?? ""
                }.joined()
                let range = NSRange(text.startIndex..., in: text)
                // ICU's \W knows more letters.
                if pattern.contains("\\W"), text.contains("é") { continue }
                let isFound = expression.firstMatch(in: text, range: range) != nil
                #expect(Self.matches(grammar, text) == isFound, "\(text) in \(pattern)")
                counts[isFound, default: 0] += 1
            }
        }
        #expect(counts.values.allSatisfy { $0 > 1000 })
    }

    @Test func `Lengths beside a pattern are allowed where it has them anyway`() throws {
        let length = #""minLength":2,"maxLength":4"#
        _ = try Self.grammar(#"{"type":"string","pattern":"^a{2}(bc?|é)?$",\#(length)}"#)
        for pattern in ["^a{1,3}$", "^a{2,5}$", "a{3}", "^a{2,}$"] {
            let error = try #require(throws: SchemaError.self) {
                try Self.grammar(#"{"type":"string","pattern":"\#(pattern)",\#(length)}"#)
            }
            #expect(error.problem.contains("'minLength' and 'maxLength' are not supported"))
        }
    }

    // MARK: - Formats

    static let formats: [(String, allowed: [String], forbidden: [String])] = [
        (
            "date", ["2024-02-29", "2000-02-29", "2023-12-31", "1999-04-30"],
            [
                "2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "23-01-01",
                "today",
            ]
        ),
        (
            "time", ["00:00:00Z", "23:59:59.123+05:30"],
            ["24:00:00Z", "12:60:00Z", "12:00Z", "12:00:00", "12:00:00.Z"]
        ),
        (
            "date-time", ["2024-02-29T12:30:00Z", "1985-04-12T23:20:50.52-08:00"],
            ["2024-02-30T12:30:00Z", "2024-02-29 12:30:00Z", "2024-02-29", "2024-02-29T12:30:00"]
        ),
        ("duration", ["P1D", "P3W", "P1Y2M3DT4H5M6S", "PT36H"], ["P", "PT", "1D", "P1H", "P1DT"]),
        (
            "uuid",
            ["123e4567-e89b-12d3-a456-426614174000", "ABCDEF01-0000-0000-0000-000000000000"],
            ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"]
        ),
        ("ipv4", ["0.0.0.0", "192.168.1.255"], ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4"]),
        ("hostname", ["a", "www.example-1.com"], ["-a", "a-", "a..b", "", "a_b"]),
        (
            "email", ["a.b+c@example.com", "x@a-b.co"],
            ["a@b", "@a.b", ".a@b.c", "a b@c.de", "a@b..c"]
        ),
        (
            "uri",
            [
                "https://example.com:80/a/b?c=d&e=/#f", "urn:isbn:123", "mailto:a@b.c", "a:/b%20c",
                "a://b",
            ],
            ["example.com", "http://a b", "a:%2", "1a:b", "http://a:b", "a:b#c#d", "a:\"", ""]
        ),
    ]

    @Test(arguments: formats.indices) func `A format allows what has it`(index: Int) throws {
        let (format, allowed, forbidden) = Self.formats[index]
        let grammar = try Self.grammar("format", format)
        for text in allowed { #expect(Self.matches(grammar, text), "\(text) as \(format)") }
        for text in forbidden { #expect(!Self.matches(grammar, text), "\(text) as \(format)") }
    }

    @Test(arguments: [
        (
            #"{"type":"string","format":"ipv6"}"#, "/format",
            "'ipv6' is not supported; allowed: date, "
        ),
        (#"{"type":"string","format":1}"#, "/format", "is not supported; allowed: date, "),
        (#"{"type":"integer","format":"date"}"#, "", "'format' is not supported here"),
        (#"{"format":"date"}"#, "", "'format' is not supported here"),
        (
            #"{"type":"string","format":"date","pattern":"a"}"#, "",
            "'pattern' is not supported here"
        ),
        (#"{"type":"string","pattern":1}"#, "/pattern", "must be a string"),
    ])
    func `Other formats are refused by name`(_ schema: String, _ place: String, _ words: String)
        throws
    {
        let error = try #require(throws: SchemaError.self) { try Self.grammar(schema) }
        #expect(error.place == place)
        #expect(error.problem.contains(words), "\(error.problem)")
    }

    @Test func `Formats of numbers bound them`() throws {
        let small = try Self.grammar(#"{"type":["integer","null"],"format":"int32","minimum":5}"#)
        func allows(_ grammar: Grammar, _ text: String) -> Bool {
            var matcher = GrammarMatcher(grammar)
            guard matcher.allows(Array(text.utf8)[...]) else { return false }
            matcher.append(Array(text.utf8)[...])
            return matcher.isComplete
        }
        #expect(allows(small, "2147483647") && allows(small, "null"))
        #expect(!allows(small, "2147483648") && !allows(small, "4"))
        #expect(allows(try Self.grammar(#"{"type":"integer","format":"int64"}"#), "-2147483649"))
        #expect(allows(try Self.grammar(#"{"type":"number","format":"double"}"#), "1.5"))
    }
}
