import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedServer
import Testing

@Suite struct RenderTests {
    private let generator = ScriptedGenerator(saying: "x")
    private var server: TestServer { TestServer(generator) }

    @Test func `A chat is answered in vLLM's form and not run`() async throws {
        let response = try await server.send(
            .post,
            "/v1/chat/completions/render",
            """
            {"messages":[{"role":"user","content":"Hi"}],"stream":true,"n":2,"temperature":0.5,\
            "top_k":4,"seed":-7,"stop":"a","max_tokens":9,"cache_salt":"s"}
            """
        )
        #expect(
            response.text == """
                {"cache_salt":"s","features":null,"model":"bytes",\
                "request_id":"chatcmpl-0123456789abcdef0123456789abcdef",\
                "sampling_params":{"frequency_penalty":0,"max_tokens":9,"min_p":0,"n":2,\
                "presence_penalty":0,"repetition_penalty":1,"seed":-7,"stop":["a"],\
                "stop_token_ids":[256],"temperature":0.5,"top_k":4,"top_p":1},"stream":true,\
                "token_ids":[257,72,105,256,258]}
                """
        )
        #expect(generator.requests.isEmpty)
    }

    @Test func `Completions are one object for each prompt`() async throws {
        let response = try await server.send(
            .post,
            "/v1/completions/render",
            #"{"prompt":["ab","c"],"n":2}"#
        )
        let prompts = try response.decoded([RenderedRequest].self)
        #expect(prompts.map(\.tokenIDs) == [[97, 98], [99]])
        #expect(prompts.map(\.samplingParams.maxTokens) == [16, 16])
        #expect(prompts[0].requestID.hasPrefix("cmpl-"))
        #expect(generator.requests.isEmpty)
    }

    @Test(arguments: [
        #"{"messages":[{"role":"user","content":"a"}],"n":0}"#,
        #"{"messages":[{"role":"user","content":"a"}],"max_tokens":5000}"#, #"{"messages":[]}"#,
        #"{"messages":[{"role":"user","content":"a"}],"model":"other"}"#,
    ])
    func `What a route refuses is refused alike`(body: String) async throws {
        let rendered = try await server.send(.post, "/v1/chat/completions/render", body)
        let answered = try await server.chat(body)
        #expect(rendered.status == answered.status && rendered.status != .ok)
        #expect(rendered.text == answered.text)
    }
}
