import Foundation
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedText
import Testing

/// Tools that a model calls, from its text to the client.
@Suite struct ToolCallTests {
    private static let template = ByteModel.template + "{# <tool_call> #}"
    private static let request = """
        "messages":[{"role":"user","content":"a"}],
        "tools":[{"type":"function","function":{"name":"find"}}]
        """
    private static let call = #"<tool_call>{"name": "find", "arguments": {"x": 1}}</tool_call>"#

    private func server(_ text: String, finish: FinishReason = .stop) -> TestServer {
        var server = TestServer(ScriptedGenerator(saying: text, finish: finish))
        server.template = Self.template
        return server
    }

    private static func chunks(_ response: TestResponse) throws -> [ChatCompletionChunk] {
        try response.text.split(separator: "\n\n").dropLast().map {
            let json = Data($0.dropFirst("data: ".count).utf8)
            return try JSONDecoder().decode(ChatCompletionChunk.self, from: json)
        }
    }

    @Test func `An answer has its text and its calls`() async throws {
        let response = try await server("Wait.\n\(Self.call)\n\(Self.call)").chat(
            "{\(Self.request)}"
        )
        let choice = try response.decoded(ChatCompletion.self).choices[0]
        #expect(choice.message.content.value == "Wait.")
        #expect(choice.finishReason == "tool_calls")
        let calls = try #require(choice.message.toolCalls)
        #expect(calls.map(\.function.name) == ["find", "find"])
        #expect(calls.map(\.function.arguments) == [#"{"x": 1}"#, #"{"x": 1}"#])
        #expect(Set(calls.map(\.id)).count == 2)
        #expect(calls.allSatisfy { $0.id.count == 9 && $0.index == nil })
        #expect(response.text.contains(#""type":"function""#))
    }

    @Test func `Content is null when there are only calls`() async throws {
        let response = try await server(Self.call).chat("{\(Self.request)}")
        #expect(response.text.contains(#""content":null"#))
    }

    @Test func `A stream gives each call whole, numbered`() async throws {
        let response = try await server("Wait.\(Self.call)\(Self.call)")
            .chat("{\(Self.request),\"stream\":true,\"logprobs\":true}")
        let chunks = try Self.chunks(response)
        let deltas = chunks.compactMap(\.choices.first?.delta)
        #expect(deltas.compactMap(\.content).joined() == "Wait.")
        let calls = deltas.flatMap { $0.toolCalls ?? [] }
        #expect(calls.map(\.index) == [0, 1])
        #expect(calls.map(\.function.arguments) == [#"{"x": 1}"#, #"{"x": 1}"#])
        #expect(chunks.last?.choices.first?.finishReason.value == "tool_calls")
        // No token is lost, whether it is shown or not.
        let tokens = chunks.flatMap { $0.choices.first?.logprobs.value?.content ?? [] }
        #expect(tokens.count == "Wait.\(Self.call)\(Self.call)".utf8.count)
    }

    @Test func `Without tools, or with a choice of none, everything is text`() async throws {
        for fields in [
            #""messages":[{"role":"user","content":"a"}]"#,
            Self.request + #","tool_choice":"none""#,
        ] {
            let response = try await server(Self.call).chat("{\(fields)}")
            let choice = try response.decoded(ChatCompletion.self).choices[0]
            #expect(choice.message.content.value == Self.call)
            #expect(choice.message.toolCalls == nil)
            #expect(choice.finishReason == "stop")
        }
    }

    @Test(arguments: ["auto", "required"], ["", #","stop":"1}}""#])
    func `A call that was cut off has what there is of its arguments`(choice: String, stop: String)
        async throws
    {
        let fields = #"\#(Self.request),"tool_choice":"\#(choice)"\#(stop)"#
        let server = server(
            stop.isEmpty ? String(Self.call.prefix(47)) : Self.call,
            finish: stop.isEmpty ? .length : .stop
        )
        let reason = stop.isEmpty ? "length" : "stop"
        let response = try await server.chat("{\(fields)}")
        let answer = try response.decoded(ChatCompletion.self).choices[0]
        #expect(response.text.contains(#""content":null"#))
        #expect(answer.message.toolCalls?.map(\.function.name) == ["find"])
        #expect(answer.message.toolCalls?.map(\.function.arguments) == [#"{"x": "#])
        #expect(answer.finishReason == reason)
        let stream = try await server.chat("{\(fields),\"stream\":true}")
        let choices = try Self.chunks(stream).compactMap(\.choices.first)
        #expect(choices.allSatisfy { ($0.delta.content ?? "").isEmpty })
        let calls = choices.flatMap { $0.delta.toolCalls ?? [] }
        #expect(calls.map(\.function.arguments) == [#"{"x": "#])
        #expect(choices.last?.finishReason.value == reason)
    }

    @Test(arguments: 0..<call.utf8.count)
    func `Nothing of a forced call is text, wherever it is cut off`(length: Int) async throws {
        for template in [
            Self.template, ByteModel.template + #"{# <|start_header_id|> "parameters" #}"#,
        ] {
            let isTagged = template == Self.template
            let call = isTagged ? Self.call : #"{"name": "find", "parameters": {"x": 1}}"#
            var server = server(String(call.prefix(length)), finish: .length)
            server.template = template
            let response = try await server.chat(#"{\#(Self.request),"tool_choice":"required"}"#)
            let choice = try response.decoded(ChatCompletion.self).choices[0]
            #expect((choice.message.content.value ?? "").isEmpty)
            #expect(choice.finishReason == "length")
        }
    }

    @Test func `A stop string ends a call too`() async throws {
        let response = try await server("a <tool_call>x STOP y")
            .chat(#"{\#(Self.request),"stop":"STOP"}"#)
        let choice = try response.decoded(ChatCompletion.self).choices[0]
        #expect(choice.message.content.value == "a<tool_call>x ")
        #expect(choice.finishReason == "stop")
    }

    @Test func `Thoughts of a channel are apart, with or without tools`() async throws {
        var server = server(
            "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Hi"
        )
        server.template = ByteModel.template + "{# <|channel|> <|message|> #}"
        let request = #"{"messages":[{"role":"user","content":"a"}]}"#
        let message = try await server.chat(request).decoded(ChatCompletion.self).choices[0].message
        #expect(message.content.value == "Hi")
        #expect(message.reasoningContent == "Hm")
    }

    @Test func `What is thought in tags is not the answer`() async throws {
        var server = TestServer(ScriptedGenerator(saying: "<think>\nHm\n</think>\n\nHi"))
        server.template = ByteModel.template + "{# <think> #}"
        let messages = #""messages":[{"role":"user","content":"a"}]"#
        let message = try await server.chat("{\(messages)}").decoded(ChatCompletion.self).choices[0]
            .message
        #expect(message.content.value == "Hi")
        #expect(message.reasoningContent == "Hm")
        let stream = try await server.chat("{\(messages),\"stream\":true}")
        let deltas = try Self.chunks(stream).compactMap(\.choices.first?.delta)
        #expect(deltas.compactMap(\.reasoningContent).joined() == "Hm")
        #expect(deltas.compactMap(\.content).joined() == "Hi")
        let form = #""response_format":{"type":"json_object"}"#
        let held = try await server.chat("{\(messages),\(form)}").decoded(ChatCompletion.self)
        #expect(held.choices[0].message.content.value?.hasPrefix("<think>") == true)
    }

    @Test(arguments: [
        (#""name":"find it""#, "tools[0].function.name", "'find it' is no name; allowed: 1 to 64"),
        (#""name":"""#, "tools[0].function.name", "is no name"),
        (
            #""name":"\#(String(repeating: "a", count: 65))""#, "tools[0].function.name",
            "is no name"
        ),
        (#""name":"find","parameters":"zzz""#, "tools[0].function.parameters", "must be an object"),
    ])
    func `Tools that are none are refused, called or not`(
        _ function: String,
        _ param: String,
        _ words: String
    ) async throws {
        for choice in ["auto", "none", "required"] {
            let response = try await server("x").chat(
                """
                {"messages":[{"role":"user","content":"a"}],"tool_choice":"\(choice)",
                "tools":[{"type":"function","function":{\(function)}}]}
                """
            )
            #expect(response.status == .badRequest)
            let error = try response.decoded(ErrorBody.self).error
            #expect(error.param.value == param)
            #expect(error.message.contains(words), "\(error.message)")
        }
    }

    @Test func `Names of tools may have dots`() async throws {
        let fields = Self.request.replacing("find", with: "my-tools.Find_1")
        #expect(try await server("x").chat("{\(fields)}").status == .ok)
    }

    @Test func `What cannot be had is refused`() async throws {
        var server = server("x")
        for (choice, words) in [
            (#""any""#, "'any' is not supported; allowed: auto, none, required, or a tool."),
            (#"{"type":"function","function":{"name":"lose"}}"#, "'lose' is not among the tools"),
        ] {
            let response = try await server.chat("{\(Self.request),\"tool_choice\":\(choice)}")
            #expect(response.status == .badRequest)
            #expect(response.text.contains(words))
        }
        server.template = ByteModel.template
        let unmarked = try await server.chat("{\(Self.request)}")
        #expect(unmarked.status == .badRequest)
        #expect(unmarked.text.contains("marks calls in no way that is known here"))
    }
}
