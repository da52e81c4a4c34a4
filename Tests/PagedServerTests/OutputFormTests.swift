import Foundation
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedSampling
import PagedText
import Testing

/// Answers that have to be JSON, or a call.
@Suite struct OutputFormTests {
    private static let messages = #""messages":[{"role":"user","content":"a"}]"#
    private static let tools = #"""
        "tools":[{"function":{"name":"find","parameters":{"properties":{"x":{"type":"integer"}},"required":["x"]}}},
        {"function":{"name":"lose","parameters":{"type":"string","pattern":"a"}}}]
        """#

    /// What the engine is given for a request.
    private func constraint(
        _ fields: String,
        template: String = ByteModel.template
    ) async throws -> (any TokenConstraint)? {
        let generator = ScriptedGenerator(saying: "x")
        var server = TestServer(generator)
        server.template = template
        let response = try await server.chat("{\(Self.messages),\(fields)}")
        #expect(response.status == .ok, "\(response.text)")
        return try #require(generator.requests.first).constraint
    }

    /// Whether a constraint allows a text, which may have special tokens, and its end.
    private func allows(_ constraint: (any TokenConstraint)?, _ tokens: [Int32]) throws -> Bool {
        var constraint = try #require(constraint)
        for token in tokens + [ByteModel.end] {
            guard constraint.allows(token) else { return false }
            constraint.append(token)
        }
        return true
    }

    private func allows(_ constraint: (any TokenConstraint)?, _ text: String) throws -> Bool {
        try allows(constraint, ByteModel.tokens(text))
    }

    @Test func `Text has no constraint`() async throws {
        #expect(try await constraint(#""response_format":{"type":"text"}"#) == nil)
        #expect(try await constraint(#""response_format":null"#) == nil)
    }

    @Test func `An object ends when it is whole`() async throws {
        let object = try await constraint(#""response_format":{"type":"json_object"}"#)
        #expect(try allows(object, #"{"a": [1, "é"]}"#))
        #expect(try !allows(object, #"{"a": 1"#))
        #expect(try !allows(object, "Sure!"))
        #expect(try !allows(object, ByteModel.tokens("{\"") + [257] + ByteModel.tokens("\":1}")))
    }

    @Test func `A schema keeps the order of its members`() async throws {
        let schema = try await constraint(
            #"""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object",
            "properties":{"z":{"enum":["b","a"]},"a":{"type":"boolean"}},"required":["z","a"],"additionalProperties":false}}}
            """#
        )
        #expect(try allows(schema, #"{"z":"a","a":true}"#))
        #expect(try !allows(schema, #"{"a":true,"z":"a"}"#))
        #expect(try !allows(schema, #"{"z":"c","a":true}"#))
    }

    @Test(arguments: [
        (ByteModel.template + "{# <tool_call> #}", "<tool_call>\n", "arguments", "\n</tool_call>"),
        (
            ByteModel.template + "{# <|tool_call|> #}", "<|tool_call|>[", "arguments",
            "]<|/tool_call|>"
        ),
        (ByteModel.template + "{# [TOOL_CALLS] #}", "[TOOL_CALLS][", "arguments", "]"),
        (ByteModel.template + "{# <|start_header_id|> \"parameters\" #}", "", "parameters", ""),
    ])
    func `A forced call is one that can be read`(
        _ template: String,
        _ before: String,
        _ arguments: String,
        _ after: String
    ) async throws {
        let call = { (name: String, value: String) in
            before + #"{"name": "\#(name)", "\#(arguments)": \#(value)}"# + after
        }
        let any = try await constraint(
            #"\#(Self.tools),"tool_choice":"required""#,
            template: template
        )
        #expect(try allows(any, call("find", #"{"x": 1}"#)))
        #expect(try !allows(any, call("find", #"{"x": "1"}"#)))
        // Its schema cannot be followed.
        #expect(try allows(any, call("lose", #"{"y": []}"#)))
        #expect(try !allows(any, call("seek", "{}")))
        #expect(try !allows(any, "Hello"))
        let named = #""tool_choice":{"type":"function","function":{"name":"lose"}}"#
        let one = try await constraint("\(Self.tools),\(named)", template: template)
        #expect(try allows(one, call("lose", "{}")))
        #expect(try !allows(one, call("find", #"{"x": 1}"#)))
        let markup = try #require(
            ChatTemplate(source: template, bosToken: nil, eosToken: nil).markup
        )
        var reader = markup.makeReader()
        let parts = reader.append(call("find", #"{"x": 1}"#)) + reader.finish()
        guard case .call(let read)? = parts.first, parts.count == 1 else {
            Issue.record("\(parts)")
            return
        }
        #expect(read.name == "find")
    }

    @Test(arguments: [
        (
            #""response_format":{"type":"json_schema"}"#, "response_format.json_schema.schema",
            "missing"
        ),
        (
            #""response_format":{"type":"json_schema","json_schema":{"schema":{"properties":{"a":{"pattern":"b"}}}}}"#,
            "response_format.json_schema.schema", "/properties/a 'pattern' is not supported here"
        ),
        (
            #""response_format":{"type":"json_object"},"ignore_eos":true"#, "ignore_eos",
            "which ends"
        ),
        (#""tool_choice":"required""#, "tool_choice", "there are no 'tools'"),
        (
            #"\#(tools),"response_format":{"type":"json_object"}"#, "response_format",
            "set 'tool_choice' to 'none'"
        ),
    ])
    func `What cannot be had is refused`(_ fields: String, _ param: String, _ words: String)
        async throws
    {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.template = ByteModel.template + "{# <tool_call> #}"
        let response = try await server.chat("{\(Self.messages),\(fields)}")
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.param.value == param)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `A model that thinks in channels cannot be forced`() async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.template = ByteModel.template + "{# <|channel|> <|message|> #}"
        for fields in [
            #"\#(Self.tools),"tool_choice":"required""#,
            #""response_format":{"type":"json_object"}"#,
        ] {
            #expect(try await server.chat("{\(Self.messages),\(fields)}").status == .badRequest)
        }
    }
}
