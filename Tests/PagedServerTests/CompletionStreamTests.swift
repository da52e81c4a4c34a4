import HTTPTypes
import HummingbirdTesting
import PagedEngine
import Testing

/// Byte for byte what goes over the wire.
@Suite("Streamed answers")
struct CompletionStreamTests {
    private let chunk =
        #""created":1700000000,"id":"chatcmpl-0123456789abcdef0123456789abcdef","model":"bytes","object":"chat.completion.chunk""#
    private let part =
        #""created":1700000000,"id":"cmpl-0123456789abcdef0123456789abcdef","model":"bytes","object":"text_completion""#

    private func events(_ lines: [String]) -> String {
        lines.map { "data: \($0)\n\n" }.joined()
    }

    @Test("A chat stream is role, deltas, finish reason, DONE")
    func chat() async throws {
        let server = TestServer(ScriptedGenerator(saying: "Hi"))
        let response = try await server.chat(
            #"{"messages":[{"role":"user","content":"x"}],"stream":true}"#
        )
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/event-stream")
        let choice = { (delta: String, finish: String) in
            #"{"choices":[{"delta":\#(delta),"finish_reason":\#(finish),"index":0,"logprobs":null}],\#(chunk)}"#
        }
        #expect(
            response.text
                == events([
                    choice(#"{"content":"","role":"assistant"}"#, "null"),
                    choice(#"{"content":"H"}"#, "null"),
                    choice(#"{"content":"i"}"#, "null"),
                    choice("{}", #""stop""#),
                    "[DONE]",
                ])
        )
    }

    @Test("A stream that includes usage says null until a last chunk without choices")
    func usage() async throws {
        let server = TestServer(
            ScriptedGenerator { _, _ in
                ScriptedGenerator.events("A", cached: 2, finish: .length)
            }
        )
        let response = try await server.complete(
            #"{"prompt":"xyz","stream":true,"stream_options":{"include_usage":true}}"#
        )
        let choice = { (text: String, finish: String) in
            #"{"choices":[{"finish_reason":\#(finish),"index":0,"logprobs":null,"text":"\#(text)"}],\#(part),"usage":null}"#
        }
        let usage =
            #"{"completion_tokens":1,"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2},"total_tokens":4}"#
        #expect(
            response.text
                == events([
                    choice("A", "null"),
                    choice("", #""length""#),
                    #"{"choices":[],\#(part),"usage":\#(usage)}"#,
                    "[DONE]",
                ])
        )
    }

    @Test("Characters that span tokens arrive whole")
    func wholeCharacters() async throws {
        let server = TestServer(ScriptedGenerator(saying: "é€"))
        let response = try await server.complete(#"{"prompt":"x","stream":true}"#)
        let choice = { (text: String, finish: String) in
            #"{"choices":[{"finish_reason":\#(finish),"index":0,"logprobs":null,"text":"\#(text)"}],\#(part)}"#
        }
        #expect(
            response.text
                == events([
                    choice("é", "null"), choice("€", "null"), choice("", #""stop""#), "[DONE]",
                ])
        )
    }

    @Test("A failure in the middle is an error event before DONE")
    func failure() async throws {
        let server = TestServer(
            ScriptedGenerator(saying: "A", finish: .failed("the step failed"))
        )
        let response = try await server.complete(#"{"prompt":"x","stream":true}"#)
        #expect(response.status == .ok)
        #expect(
            response.text
                == events([
                    #"{"choices":[{"finish_reason":null,"index":0,"logprobs":null,"text":"A"}],\#(part)}"#,
                    #"{"error":{"code":"generation_failed","message":"Generation failed: the step failed","param":null,"type":"server_error"}}"#,
                    "[DONE]",
                ])
        )
    }

    @Test("Echo and several choices: each choice opens with the prompt")
    func echo() async throws {
        let server = TestServer(ScriptedGenerator { _, _ in [.finished(.length)] })
        let response = try await server.complete(
            #"{"prompt":["p","q"],"echo":true,"stream":true,"max_tokens":1}"#
        )
        let lines = response.text.split(separator: "\n\n").map(String.init)
        #expect(lines.count == 5)
        #expect(lines[0].contains(#""index":0,"logprobs":null,"text":"p""#))
        #expect(lines[1].contains(#""index":1,"logprobs":null,"text":"q""#))
        #expect(lines.last == "data: [DONE]")
    }
}
