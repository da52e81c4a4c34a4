import HTTPTypes
import HummingbirdTesting
import PagedAPI
import Testing

@Suite("Malformed JSON")
struct JSONSyntaxTests {
    static let rows: [(body: String, message: String)] = [
        ("", "expected a value at line 1, column 1"),
        ("{", "expected a string as key at line 1, column 2"),
        ("nonsense", "expected a value at line 1, column 1"),
        ("{\n\"prompt\": \"a\" \"b\"}", "expected ',' or '}' at line 2, column 15"),
        (#"{"prompt" "a"}"#, "expected ':' at line 1, column 11"),
        (#"{"prompt": [1 2]}"#, "expected ',' or ']' at line 1, column 15"),
        (#"{"prompt": "a"#, "expected '\"' at the end of a string at line 1, column 14"),
        (#"{"prompt": "a"} x"#, "expected the end at line 1, column 17"),
        (#"{"prompt": \#(String(repeating: "[", count: 600))"#, "expected less nesting"),
    ]

    @Test("The message says what was expected where", arguments: rows)
    func place(_ row: (body: String, message: String)) async throws {
        let response = try await TestServer(ScriptedGenerator(saying: "x")).complete(row.body)
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.message.contains(row.message), "\(error.message)")
        #expect(error.code.value == "invalid_json")
    }
}
