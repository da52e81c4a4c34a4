import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import Testing

@Suite("Checks of requests")
struct ValidationTests {
    /// A field of a completion request, the value, and words that the message must hold.
    static let refusals: [(fields: String, param: String, words: [String])] = [
        (#""n":0"#, "n", ["0", "from 1 to 16"]),
        (#""n":1000000000"#, "n", ["1000000000", "from 1 to 16"]),
        (#""n":1e30"#, "n", ["n:"]),
        (#""n":"two""#, "n", ["an integer", "string"]),
        (#""max_tokens":0"#, "max_tokens", ["0", "at least 1."]),
        (#""max_tokens":-5"#, "max_tokens", ["-5"]),
        (#""max_tokens":1.5"#, "max_tokens", ["1.5"]),
        (#""max_completion_tokens":0"#, "max_completion_tokens", ["0"]),
        (#""temperature":-0.1"#, "temperature", ["-0.1", "from 0.0 to 2.0"]),
        (#""temperature":2.1"#, "temperature", ["2.1", "from 0.0 to 2.0"]),
        (#""temperature":"hot""#, "temperature", ["a number"]),
        (#""top_p":0"#, "top_p", ["0.0", "above 0.0 and at most 1.0"]),
        (#""top_p":1.1"#, "top_p", ["1.1"]),
        (#""top_k":-2"#, "top_k", ["-2", "from -1"]),
        (#""min_p":1.5"#, "min_p", ["1.5", "from 0.0 to 1.0"]),
        (#""presence_penalty":2.5"#, "presence_penalty", ["2.5", "from -2.0 to 2.0"]),
        (#""frequency_penalty":-2.5"#, "frequency_penalty", ["-2.5", "from -2.0 to 2.0"]),
        (#""repetition_penalty":0"#, "repetition_penalty", ["0.0", "above 0.0"]),
        (#""stop":"""#, "stop", ["empty"]),
        (#""stop":5"#, "stop", ["a string or an array of strings"]),
        (#""stop":["a",5]"#, "stop[1]", ["a string"]),
        (#""stop_token_ids":[260]"#, "stop_token_ids", ["260", "from 0 to 259"]),
        (#""logit_bias":{"1":101}"#, "logit_bias", ["101", "from -100 to 100"]),
        (#""logit_bias":{"x":1}"#, "logit_bias", ["'x'", "from 0 to 259"]),
        (#""logit_bias":{"260":1}"#, "logit_bias", ["'260'"]),
        (#""logprobs":21"#, "logprobs", ["21", "from 0 to 20"]),
        (#""logprobs":1000000"#, "logprobs", ["from 0 to 20"]),
        (#""best_of":5"#, "best_of", ["not supported; allowed: 1."]),
        (#""suffix":"end""#, "suffix", ["not supported"]),
        (#""echo":true,"max_tokens":-1"#, "max_tokens", ["-1", "at least 0."]),
        (#""echo":true,"max_completion_tokens":-1"#, "max_completion_tokens", ["at least 0."]),
        (#""prompt_logprobs":21"#, "prompt_logprobs", ["21", "from 0 to 20"]),
        (#""prompt_logprobs":-1"#, "prompt_logprobs", ["-1", "from 0 to 20"]),
        (#""prompt_logprobs":0,"stream":true"#, "prompt_logprobs", ["'stream'"]),
        (#""min_tokens":-1"#, "min_tokens", ["-1", "at least 0"]),
        (#""min_tokens":17"#, "min_tokens", ["17", "at most 16"]),
        (
            #""min_tokens":1,"response_format":{"type":"json_object"}"#, "min_tokens",
            ["a form, which ends"]
        ),
        (#""response_format":{"type":"xml"}"#, "response_format.type", ["'xml'"]),
        (#""stream_options":{"include_usage":true}"#, "stream_options", ["'stream'"]),
        (#""cache_salt":"""#, "cache_salt", ["0 bytes"]),
        (#""stream":1"#, "stream", ["true or false"]),
        (#""n":true"#, "n", ["but found a boolean"]),
        (#""temperature":{}"#, "temperature", ["but found an object"]),
    ]

    @Test("A completion with a field out of bounds is a 400 that names it", arguments: refusals)
    func refusal(_ row: (fields: String, param: String, words: [String])) async throws {
        let generator = ScriptedGenerator(saying: "x")
        let response = try await TestServer(generator).complete(#"{"prompt":"a",\#(row.fields)}"#)
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.type == "invalid_request_error")
        #expect(error.param.value == row.param)
        for word in [row.param] + row.words {
            #expect(error.message.contains(word), "\(error.message)")
        }
        #expect(generator.requests.isEmpty)
    }

    static let unservedFields = [
        #""guided_json":{"type":"object"}"#, #""guided_regex":"a+""#, #""guided_choice":["a"]"#,
        #""guided_grammar":"root ::= x""#, #""structured_outputs":{"choice":["a"]}"#,
        #""use_beam_search":true"#, #""best_of":3"#, #""truncate_prompt_tokens":5"#,
        #""chat_template":"{{ x }}""#, #""modalities":["text","audio"]"#, #""bad_words":["a"]"#,
        #""allowed_token_ids":[1]"#, #""functions":[{}]"#, #""audio":{"voice":"a"}"#,
        #""modalities":["a","a","a","a","a","a"]"#,
    ]

    @Test(
        "A value that is known, not served and would change the answer is a 400",
        arguments: unservedFields
    )
    func unservedField(_ field: String) async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        let message = #""messages":[{"role":"user","content":"a"}]"#
        for response in [
            try await server.complete(#"{"prompt":"a",\#(field)}"#),
            try await server.chat("{\(message),\(field)}"),
        ] {
            #expect(response.status == .badRequest)
            let error = try response.decoded(ErrorBody.self).error
            #expect(error.param.value == field.split(separator: "\"").first.map(String.init))
            #expect(error.message.contains("not supported"))
        }
    }

    @Test("Usage in every chunk is not served")
    func continuousUsage() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        func status(_ value: Bool) async throws -> HTTPResponse.Status {
            let options = #""stream_options":{"continuous_usage_stats":\#(value)}"#
            return try await server.complete(#"{"prompt":"a","stream":true,\#(options)}"#).status
        }
        #expect(try await status(true) == .badRequest)
        #expect(try await status(false) == .ok)
    }

    static let chatRefusals: [(fields: String, param: String, word: String)] = [
        (#""messages":[]"#, "messages", "empty"),
        (#""messages":"hi""#, "messages", "an array"),
        (#""messages":[{"content":"a"}]"#, "messages[0].role", "required"),
        (#""messages":[{"role":"king","content":"a"}]"#, "messages[0].role", "'king'"),
        (#""messages":[{"role":"user"}]"#, "messages[0].content", "required"),
        (#""messages":[{"role":"user","content":7}]"#, "messages[0].content", "content parts"),
        (
            #""messages":[{"role":"user","content":[{"type":"image_url"}]}]"#,
            "messages[0].content[0].type", "'image_url'"
        ),
        (
            #""messages":[{"role":"user","content":[{"type":"text"}]}]"#,
            "messages[0].content[0].text", "required"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"top_logprobs":1"#, "top_logprobs",
            "'logprobs'"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"logprobs":true,"top_logprobs":21"#,
            "top_logprobs", "from 0 to 20"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"response_format":{"type":"xml"}"#,
            "response_format.type",
            "'xml' is not supported; allowed: text, json_object, json_schema"
        ),
        (#""messages":[{"role":"user","content":"a"}],"tools":[{}]"#, "tools", "cannot be called"),
        (
            #""messages":[{"role":"user","content":"a"}],"tools":[{}],"tool_choice":"none""#,
            "tools[0]", "'function' with a 'name'"
        ),
        (
            #""messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]"#,
            "messages[0].tool_calls[0]", "'function' with a 'name'"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"reasoning_effort":"very""#,
            "reasoning_effort", "'very'"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"messages":[]}"#,
            "chat_template_kwargs", "'messages' is not a switch; allowed: builtin_tools"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"chat_template_kwargs":[1]"#,
            "chat_template_kwargs", "must be an object"
        ),
        (
            #""messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"thinking":1}"#,
            "chat_template_kwargs.thinking", "true or false"
        ),
    ]

    @Test("A chat request with a bad field is a 400 that names it", arguments: chatRefusals)
    func chatRefusal(_ row: (fields: String, param: String, word: String)) async throws {
        let response = try await TestServer(ScriptedGenerator(saying: "x")).chat("{\(row.fields)}")
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.param.value == row.param)
        #expect(error.message.contains(row.word), "\(error.message)")
    }

    static let prompts: [(prompt: String, word: String)] = [
        ("5", "must be a string"), ("{}", "must be a string"), ("[]", "prompt: is empty"),
        (#""""#, "empty"),
        ("[[]]", "empty"), ("[260]", "260 at 0 is not a token"), ("[-1]", "-1 at 0"),
        ("[1.5]", "must be a string"), (#"["a",1]"#, "expected a string"),
        ("null", "must be a string"),
    ]

    @Test("A prompt that is none is a 400", arguments: prompts)
    func prompt(_ row: (prompt: String, word: String)) async throws {
        let response = try await TestServer(ScriptedGenerator(saying: "x"))
            .complete(#"{"prompt":\#(row.prompt)}"#)
        #expect(response.status == .badRequest)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.message.contains(row.word), "\(error.message)")
        #expect(error.param.value?.hasPrefix("prompt") == true)
    }

    @Test("Harmless forms are accepted: nulls, empty tools, text format, best_of equal to n")
    func accepted() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        let response = try await server.complete(
            """
            {"prompt":"a","stop":null,"logit_bias":null,"n":2,"best_of":2,"suffix":null,"guided_json":null,
            "use_beam_search":false,"modalities":["text"],"add_generation_prompt":true,"bad_words":[],
            "temperature":null,"logprobs":null,"seed":null,"stop_token_ids":[],"stream":false}
            """
        )
        #expect(response.status == .ok)
        let chat = try await server.chat(
            """
            {"messages":[{"role":"tool","content":"a","tool_call_id":"1"}],"tools":[],
            "reasoning_effort":null,"chat_template_kwargs":null,"response_format":{"type":"text"},"logprobs":false}
            """
        )
        #expect(chat.status == .ok)
    }
}
