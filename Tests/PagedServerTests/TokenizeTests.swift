import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedServer
import Testing

@Suite struct TokenizeTests {
    private let generator = ScriptedGenerator(saying: "x")
    private var server: TestServer { TestServer(generator) }

    private static let chat = #""messages":[{"role":"user","content":"a"}]"#
    private static let open = """
        "messages":[{"role":"user","content":"b"},{"role":"assistant","content":" b c<|end|> "}]
        """

    private func tokens(_ body: String, _ server: TestServer? = nil) async throws -> [Int32] {
        let response = try await (server ?? self.server).send(.post, "/tokenize", body)
        try #require(response.status == .ok, "\(response.text)")
        return try response.decoded(TokenizeResponse.self).tokens
    }

    private func error(_ path: String, _ body: String) async throws -> (Int, ErrorDetails) {
        let response = try await server.send(.post, path, body)
        return (response.status.code, try response.decoded(ErrorBody.self).error)
    }

    @Test func `A text is answered in vLLM's form`() async throws {
        let plain = try await server.send(.post, "/tokenize", #"{"prompt":"H i<|end|>"}"#)
        #expect(
            plain.text
                == #"{"count":4,"max_model_len":512,"token_strs":null,"tokens":[72,32,105,256]}"#
        )
        let written = try await server.send(
            .post,
            "/tokenize",
            #"{"model":"bytes","prompt":"H i<|end|>","return_token_strs":true}"#
        )
        #expect(
            try written.decoded(TokenizeResponse.self).tokenStrs.value == [
                "H", "Ġ", "i", "<|end|>",
            ]
        )
    }

    @Test func `Special tokens are added to texts, and to chats when that is asked for`()
        async throws
    {
        var server = server
        server.tokenizer = ByteModel.startingTokenizer
        #expect(try await tokens(#"{"prompt":"a"}"#, server) == [259, 97])
        #expect(try await tokens(#"{"prompt":"a","add_special_tokens":false}"#, server) == [97])
        let chat = try await tokens("{\(Self.chat)}", server)
        #expect(chat == [257, 97, 256, 258])
        let added = try await tokens("{\(Self.chat),\"add_special_tokens\":true}", server)
        #expect(added == [259] + chat)
    }

    @Test func `The tokens of texts and chats are those that the engine gets`() async throws {
        var server = server
        server.template =
            "{{ enable_thinking }}{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}"
        let body = """
            {\(Self.chat),"tools":[{"function":{"name":"f"}}],"tool_choice":"none",\
            "chat_template_kwargs":{"enable_thinking":false}}
            """
        _ = try await server.chat(body)
        #expect(try await tokens(body, server) == generator.requests.last?.promptTokens)
        let text = #"{"prompt":"one<|user|>\ntwo"}"#
        _ = try await server.complete(text)
        #expect(try await tokens(text, server) == generator.requests.last?.promptTokens)
    }

    @Test func `A chat may end without the beginning of an answer`() async throws {
        let body = "{\(Self.chat),\"add_generation_prompt\":false}"
        #expect(try await tokens(body) == [257, 97, 256])
    }

    @Test func `A chat may end within its last message, whose typed tokens stay text`()
        async throws
    {
        let body = "{\(Self.open),\"continue_final_message\":true}"
        let start: [Int32] = [257, 98, 256, 258]
        #expect(try await tokens(body) == start + ByteModel.tokens(" b c<|end|> "))
        _ = try await server.chat(body)
        #expect(generator.requests.last?.promptTokens == start + ByteModel.tokens(" b c<|end|> "))
        var trimming = server
        trimming.template = ByteModel.template.replacing("['content']", with: "['content'] | trim")
        #expect(try await tokens(body, trimming) == start + ByteModel.tokens("b c<|end|>"))
    }

    @Test(arguments: [
        ("\(open),\"continue_final_message\":true,\"add_generation_prompt\":true", "together"),
        (
            #""messages":[{"role":"user","content":" "}],"continue_final_message":true"#,
            "last message"
        ),
        (
            #""messages":[{"role":"user","content":"a"},{"role":"assistant","content":""}],"#
                + #""continue_final_message":true"#, "last message"
        ),
    ])
    func `A message that cannot be continued is named`(body: String, word: String) async throws {
        let (status, error) = try await error("/tokenize", "{\(body)}")
        #expect(status == 400)
        #expect(error.param.value == "continue_final_message")
        #expect(error.message.contains(word), "\(error.message)")
    }

    @Test(arguments: [
        (#"{}"#, 400, "prompt", "required"),
        (#"{"prompt":"a","messages":[]}"#, 400, "prompt", "together"),
        (#"{"prompt":["a"]}"#, 400, "prompt", "a string"),
        (#"{"messages":[]}"#, 400, "messages", "empty"),
        (#"{"prompt":"a","model":"other"}"#, 404, "model", "other"),
        ("{\(chat),\"chat_template\":\"x\"}", 400, "chat_template", "not supported"),
        ("{\(chat),\"tools\":[{}],\"tool_choice\":\"none\"}", 400, "tools[0]", "name"),
    ])
    func `What cannot be tokenized is named`(
        body: String,
        status: Int,
        param: String,
        word: String
    ) async throws {
        let (found, error) = try await error("/tokenize", body)
        #expect(found == status)
        #expect(error.param.value == param)
        #expect(error.message.contains(word), "\(error.message)")
    }

    @Test func `Texts beyond the context are counted, up to a limit that is named`() async throws {
        let long = String(repeating: "ab c\n", count: 1000)
        #expect(
            try await tokens(#"{"prompt":"\#(long.replacing("\n", with: "\\n"))"}"#).count == 5000
        )
        let longer = String(repeating: "abc ", count: (1 << 18) + 1)
        let (status, error) = try await error("/tokenize", #"{"prompt":"\#(longer)"}"#)
        #expect(status == 400)
        #expect(error.message == "prompt: has 1048580 tokens; allowed: at most 1048576.")
    }

    @Test func `Tokens become text again, special ones too`() async throws {
        let response = try await server.send(
            .post,
            "/detokenize",
            #"{"model":"bytes","tokens":[257,72,105,226,130,172,256]}"#
        )
        #expect(response.text == #"{"prompt":"<|user|>Hi€<|end|>"}"#)
        #expect(
            try await server.send(.post, "/detokenize", #"{"tokens":[]}"#).text == #"{"prompt":""}"#
        )
    }

    @Test(arguments: [
        (#"{}"#, 400, "tokens", "required"),
        (#"{"tokens":"a"}"#, 400, "tokens", "array"),
        (#"{"tokens":[1,260]}"#, 400, "tokens", "260 at 1 is not a token; allowed: from 0 to 259"),
        (#"{"tokens":[-1]}"#, 400, "tokens", "-1 at 0"),
        (#"{"tokens":[1],"model":"other"}"#, 404, "model", "other"),
        (
            "{\"tokens\":[0\(String(repeating: ",1", count: 100_000))]}", 400, "tokens",
            "has 100001 tokens; allowed: at most 512"
        ),
    ])
    func `What are no tokens is named`(
        body: String,
        status: Int,
        param: String,
        word: String
    ) async throws {
        let (found, error) = try await error("/detokenize", body)
        #expect(found == status)
        #expect(error.param.value == param)
        #expect(error.message.contains(word), "\(error.message)")
    }

    @Test func `Bodies have the limits of other routes`() async throws {
        var server = server
        server.configuration.maximumBodySize = 20
        let long = #"{"prompt":"a                   "}"#
        #expect(try await server.send(.post, "/tokenize", long).status == .contentTooLarge)
        let text: HTTPFields = [.contentType: "text/plain"]
        #expect(
            try await server.send(.post, "/detokenize", #"{"tokens":[]}"#, headers: text).status
                == .unsupportedMediaType
        )
    }
}
