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
        {"function":{"name":"lose","parameters":{"type":"object","minProperties":1}}}]
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

    @Test func `Completions have a form too`() async throws {
        let generator = ScriptedGenerator(saying: "x")
        let response = try await TestServer(generator).complete(
            #"{"prompt":"a","response_format":{"type":"json_schema","json_schema":{"schema":{"const":1}}}}"#
        )
        #expect(response.status == .ok, "\(response.text)")
        let form = try #require(generator.requests.first).constraint
        #expect(try allows(form, "1"))
        #expect(try !allows(form, "2"))
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
        // A keyword of its schema cannot be followed.
        #expect(try !allows(any, call("lose", "1")))
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

    /// Requests for a call of a tool with such parameters.
    private static func forced(_ parameters: String, strict: Bool = false) -> String {
        #"""
        "tool_choice":"required","tools":[{"function":{"name":"wait"}},
        {"function":{"name":"find","parameters":\#(parameters),"strict":\#(strict)}}]
        """#
    }

    @Test(arguments: [
        // An object stays an object, whatever is beside its properties.
        #"""
        {"type":"object","properties":{"x":{"type":"array","uniqueItems":true,"maxItems":2,
        "items":{"type":"number","minimum":0}},"y":{"type":"string","format":"ipv6"}},
        "required":["x","z"],"additionalProperties":false,"minProperties":1,"not":{},
        "anyOf":[{"required":["x"]}]}
        """#,
        #"""
        {"properties":{"x":{"allOf":[{"type":"array","maxItems":2},{}]},"y":{"$ref":"http://a"},
        "z":{"type":"string","pattern":"(?=a)"}},"required":["x"]}
        """#,
    ])
    func `Keywords of tools that cannot be followed are left out, and no others`(_ schema: String)
        async throws
    {
        let form = try await constraint(
            Self.forced(schema),
            template: ByteModel.template + "{# [TOOL_CALLS] #}"
        )
        func allowsCall(_ arguments: String) throws -> Bool {
            try allows(form, #"[TOOL_CALLS][{"name": "find", "arguments": \#(arguments)}]"#)
        }
        #expect(try allowsCall(#"{"x": [1, 1]}"#))
        #expect(try allowsCall(#"{"x": [], "y": "a"}"#))
        for wrong in ["{}", "[]", #"{"x": [1, 1, 1]}"#, #"{"x": 1}"#, #"{"x": [], "a": 1}"#] {
            #expect(try !allowsCall(wrong), "\(wrong)")
        }
    }

    @Test(arguments: [
        (#"{"type":"banana"}"#, false, "of 'find': /type 'banana' is no type"),
        (#"{"properties":{"a":{"type":"banana"}}}"#, false, "/properties/a/type 'banana'"),
        (#"{"type":"string"}"#, false, #"must say that its type is "object""#),
        (#"{"enum":["a"]}"#, false, #"must say that its type is "object""#),
        (##"{"$ref":"#"}"##, false, "refers to itself"),
        (##"{"$ref":"#/$defs/a"}"##, false, "/$ref '#/$defs/a' is nowhere"),
        (#"{"properties":{"a":{"minimum":0}}}"#, true, "of 'find': /properties/a 'minimum' is not"),
        (#"{"type":"object","minProperties":1}"#, true, "of 'find': 'minProperties' is not"),
    ])
    func `Parameters that cannot be followed are refused with their tool and place`(
        _ schema: String,
        _ strict: Bool,
        _ words: String
    ) async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.template = ByteModel.template + "{# <tool_call> #}"
        let fields = Self.forced(schema, strict: strict)
        let response = try await server.chat("{\(Self.messages),\(fields)}")
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.param.value == "tools[1].function.parameters")
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test(arguments: [
        (
            #""response_format":{"type":"json_schema"}"#, "response_format.json_schema.schema",
            "missing"
        ),
        (
            #""response_format":{"type":"json_schema","json_schema":{"schema":{"properties":{"a":{"not":{}}}}}}"#,
            "response_format.json_schema.schema", "/properties/a 'not' is not supported here"
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
