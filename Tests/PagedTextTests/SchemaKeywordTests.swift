import Foundation
import PagedText
import Testing

/// The table of keywords in `Documentation/Models.md`.
@Suite struct SchemaKeywordTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Documentation/Models.md")

    /// The names in a row of the table.
    private static func names(_ row: String) throws -> [String] {
        let lines = try String(contentsOf: document, encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("| \(row) |") })
        return line.matches(of: /`([^`]+)`/).map { String($0.1) }
    }

    private static func problem(_ schema: String) throws -> String? {
        let schema = try #require(JSONSchema(json: Array(schema.utf8), at: []))
        do throws(SchemaError) {
            _ = try schema.grammar()
            return nil
        } catch {
            return error.problem
        }
    }

    @Test func `Keywords that are followed have a test`() throws {
        let schemas = GrammarTests.cases.map(\.schema).joined()
        let bounds = [
            "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        ]
        for name in try Self.names("followed") {
            #expect(schemas.contains("\"\(name)\"") || bounds.contains(name), "\(name)")
        }
        #expect(try Self.names("followed").count == 22)
    }

    @Test func `Keywords that only describe are ignored`() throws {
        for name in try Self.names("that only describe") {
            #expect(try Self.problem(#"{"type":"string","\#(name)":{}}"#) == nil, "\(name)")
        }
    }

    @Test func `Keywords that are refused are refused`() throws {
        let types = #"["object","array","string","integer","number"]"#
        for name in try Self.names("refused") {
            let problem = try Self.problem(#"{"type":\#(types),"\#(name)":1}"#)
            #expect(problem == "'\(name)' is not supported here; leave it out.")
        }
    }

    @Test func `Formats are those that are followed`() throws {
        let problem = try Self.problem(#"{"type":"string","format":"x"}"#)
        let names = try Self.names("formats of strings").joined(separator: ", ")
        #expect(problem == "'x' is not supported; allowed: \(names).")
    }
}
