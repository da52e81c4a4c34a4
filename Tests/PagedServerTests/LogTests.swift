import Logging
import PagedEngine
import Testing

@Suite("The log")
struct LogTests {
    private let chat = #"{"messages":[{"role":"user","content":"a"}],"stream":STREAM}"#

    @Test("A failure is an error with its reason, streaming or not", arguments: ["false", "true"])
    func failure(streams: String) async throws {
        let server = TestServer(ScriptedGenerator(saying: "x", finish: .failed("bad weights")))
        try await server.chat(chat.replacing("STREAM", with: streams))
        let line = try #require(server.log.all.last)
        #expect(line.level == .error)
        #expect(line.metadata["error"] == "generation_failed")
        #expect(line.metadata["message"] == "Generation failed: bad weights")
        #expect(line.metadata["answer"] == "chatcmpl-0123456789abcdef0123456789abcdef")
    }

    @Test("A refusal is no error of ours; its line has the code and the field but not the text")
    func refusal() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        try await server.complete(#"{"prompt":"secret","max_tokens":600}"#)
        let line = try #require(server.log.all.last)
        #expect(line.level == .info)
        #expect(line.metadata["status"] == "400")
        #expect(line.metadata["error"] == "context_length_exceeded")
        #expect(line.metadata["param"] == "max_tokens")
        #expect(line.metadata["message"] == nil)
    }

    @Test("An answer's line has its identifier")
    func answer() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        try await server.complete(#"{"prompt":"a"}"#)
        let line = try #require(server.log.all.last)
        #expect(line.metadata["answer"] == "cmpl-0123456789abcdef0123456789abcdef")
        #expect(line.metadata["error"] == nil)
    }
}
