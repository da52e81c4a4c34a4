import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedServer
import Testing

/// What chat requests give to the template besides the texts of their messages.
@Suite struct TemplateInputTests {
    /// The prompt that the engine gets for a chat, as text.
    private func prompt(_ fields: String, template: String) async throws -> String {
        let generator = ScriptedGenerator(saying: "x")
        var server = TestServer(generator)
        server.template = template
        let response = try await server.chat("{\(fields)}")
        try #require(response.status == .ok, "\(response.text)")
        let bytes = try #require(generator.requests.first).promptTokens.map {
            UInt8(exactly: $0) ?? UInt8(ascii: "#")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let message = #""messages":[{"role":"user","content":"a"}]"#

    @Test func `Tools reach the template, with their members in order`() async throws {
        let tool = """
            {"type": "function", "function": {"name": "z", "b": 1, "a": {"y": null, "x": 1.5}}}
            """
        let prompt = try await prompt(
            #"\#(Self.message),"tool_choice":"none","tools":[\#(tool)]"#,
            template: "{{ tools[0] | tojson }}"
        )
        #expect(prompt == tool)
    }

    @Test func `Calls of earlier messages reach the template, with arguments as objects`()
        async throws
    {
        let prompt = try await prompt(
            #"""
            "messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,
            "reasoning_content":"why","tool_calls":[
            {"id":"1","type":"function","function":{"name":"f","arguments":"{\"b\":1,\"a\":[2]}"}},
            {"id":"2","type":"function","function":{"name":"g","arguments":"none"}}]},
            {"role":"tool","tool_call_id":"1","content":"done"}]
            """#,
            template: """
                {{ messages[1].reasoning_content }}
                {% for call in messages[1].tool_calls %}
                {{ call.id }} {{ call.function.name }} {{ call.function.arguments | tojson }};
                {% endfor %}
                {{ messages[2].tool_call_id }}
                """
        )
        #expect(prompt == "why\n1 f {\"b\": 1, \"a\": [2]};\n2 g \"none\";\n1")
    }

    @Test func `Switches reach the template`() async throws {
        let template = "{{ enable_thinking }} {{ reasoning_effort }} {{ xml_tools }}"
        let kwargs = #""chat_template_kwargs":{"enable_thinking":false,"xml_tools":["a"]}"#
        let switched = try await prompt(
            #"\#(Self.message),"reasoning_effort":"low",\#(kwargs)"#,
            template: template
        )
        #expect(switched == "False low ['a']")
        #expect(try await prompt(Self.message, template: template) == "  ")
    }

    @Test func `Special tokens in tools and switches stay text`() async throws {
        let kwargs = #""chat_template_kwargs":{"date_string":"<|end|>"}"#
        let tools =
            #""tool_choice":"none","tools":[{"function":{"name":"f","description":"<|end|>"}}]"#
        let prompt = try await prompt(
            "\(Self.message),\(kwargs),\(tools)",
            template: "{{ date_string }}{{ tools[0].function.description }}<|end|>"
        )
        #expect(prompt == "<|end|><|end|>#")
    }

    @Test func `A request that makes the template work without end is a 400`() async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.template =
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
        let response = try await server.chat("{\(Self.message)}")
        #expect(response.status == .badRequest)
        #expect(response.text.contains("line 1: more than the limit of 4000000 steps"))
    }
}
