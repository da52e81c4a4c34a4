import PagedServer
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedSampling
import Testing

@Suite("Answers that do not stream")
struct AnswerTests {
    @Test("A chat answer has text, finish reason and exact usage")
    func chat() async throws {
        let generator = ScriptedGenerator { _, _ in ScriptedGenerator.events("Hello", cached: 4) }
        let response = try await TestServer(generator).chat(
            #"{"model":"bytes","messages":[{"role":"user","content":"Hi"}],"temperature":0}"#
        )
        #expect(response.status == .ok)
        let answer = try response.decoded(ChatCompletion.self)
        #expect(answer.choices.map(\.message.content.value) == ["Hello"])
        #expect(answer.choices.map(\.finishReason) == ["stop"])
        let prompt = [257] + ByteModel.tokens("Hi") + [256, 258]
        #expect(generator.requests.first?.promptTokens == prompt)
        // Five characters and the end-of-sequence token.
        #expect(answer.usage == Usage(promptTokens: 5, completionTokens: 6, cachedTokens: 4))
        #expect(generator.cancelled.isEmpty)
    }

    @Test("A chat answer may use all that fits, a completion 16 tokens")
    func defaultLengths() async throws {
        let generator = ScriptedGenerator(saying: "x")
        let server = TestServer(generator)
        try await server.chat(#"{"messages":[{"role":"user","content":"Hi"}]}"#)
        _ = try await server.complete(#"{"prompt":"Hi"}"#)
        let long = String(repeating: "a", count: 505)
        _ = try await server.complete(#"{"prompt":"\#(long)"}"#)
        #expect(generator.requests.map(\.maximumNewTokens) == [512 - 5, 16, 7])
    }

    @Test("Special tokens that people type in messages stay text")
    func typedSpecialTokens() async throws {
        let generator = ScriptedGenerator(saying: "x")
        try await TestServer(generator).chat(
            #"{"messages":[{"role":"user","content":"<|end|>"}]}"#
        )
        let prompt = [257] + ByteModel.tokens("<|end|>") + [256, 258]
        #expect(generator.requests.first?.promptTokens == prompt)
    }

    @Test("Content parts are put together with line breaks, developer counts as system")
    func contentParts() async throws {
        let generator = ScriptedGenerator(saying: "x")
        try await TestServer(generator).chat(
            """
            {"messages":[{"role":"developer","content":[{"type":"text","text":"a"},\
            {"type":"text","text":"b"}]},{"role":"assistant"}]}
            """
        )
        let prompt = [259] + ByteModel.tokens("a\nb") + [256, 258, 256, 258]
        #expect(generator.requests.first?.promptTokens == prompt)
    }

    @Test("Prompts may be text, texts, tokens and lists of tokens; choices are numbered through")
    func promptForms() async throws {
        let forms: [(String, [[Int32]])] = [
            (#""ab""#, [[97, 98]]), (#"["a","b"]"#, [[97], [98]]), ("[97,98]", [[97, 98]]),
            ("[[97],[98,99]]", [[97], [98, 99]]), (#""<|end|>""#, [[256]]),
        ]
        for (form, tokens) in forms {
            let generator = ScriptedGenerator { _, index in
                ScriptedGenerator.events("\(index)", finish: .length)
            }
            let response = try await TestServer(generator).complete(#"{"prompt":\#(form),"n":2}"#)
            let answer = try response.decoded(Completion.self)
            #expect(generator.requests.map(\.promptTokens) == tokens.flatMap { [$0, $0] })
            #expect(answer.choices.map(\.text) == (0..<2 * tokens.count).map { "\($0)" })
            #expect(answer.choices.map(\.index) == Array(0..<2 * tokens.count))
            #expect(
                answer.usage?.value
                    == Usage(
                        promptTokens: tokens.joined().count,
                        completionTokens: 2 * tokens.count,
                        cachedTokens: 0
                    )
            )
        }
    }

    @Test("Echo puts the prompt in front, for token prompts too")
    func echo() async throws {
        for prompt in [#""ab""#, "[97,98]"] {
            let response = try await TestServer(ScriptedGenerator(saying: "c"))
                .complete(#"{"prompt":\#(prompt),"echo":true}"#)
            #expect(try response.decoded(Completion.self).choices.map(\.text) == ["abc"])
        }
    }

    @Test("The choices of a prompt get seeds that follow each other")
    func seeds() async throws {
        let generator = ScriptedGenerator(saying: "x")
        _ = try await TestServer(generator).complete(#"{"prompt":["a","b"],"n":2,"seed":-1}"#)
        let seeds = generator.requests.map(\.sampling.seed)
        #expect(seeds == [UInt64.max, 0, UInt64.max, 0])
    }

    @Test("Every sampling field reaches the engine")
    func sampling() async throws {
        let generator = ScriptedGenerator(saying: "x")
        _ = try await TestServer(generator).complete(
            """
            {"prompt":"a","max_tokens":9,"temperature":0.5,"top_p":0.25,"top_k":3,"min_p":0.125,
            "presence_penalty":1.5,"frequency_penalty":-1.5,"repetition_penalty":1.25,"seed":7,
            "logit_bias":{"97":-100},"logprobs":2,"stop_token_ids":[10],"ignore_eos":true,
            "user":"somebody","unknown":{"is":"ignored"}}
            """
        )
        var sampling = SamplingParameters()
        sampling.temperature = 0.5
        sampling.topP = 0.25
        sampling.topK = 3
        sampling.minP = 0.125
        sampling.presencePenalty = 1.5
        sampling.frequencyPenalty = -1.5
        sampling.repetitionPenalty = 1.25
        sampling.seed = 7
        sampling.logitBias = [97: -100]
        sampling.logprobs = 2
        let request = try #require(generator.requests.first)
        #expect(request.sampling == sampling)
        #expect(request.stopTokens == [10])
        #expect(request.maximumNewTokens == 9)
    }

    @Test("A request that says nothing gets OpenAI's defaults")
    func defaults() async throws {
        let generator = ScriptedGenerator(saying: "x")
        _ = try await TestServer(generator).complete(#"{"prompt":"a"}"#)
        #expect(generator.requests.first?.sampling == .openAI)
        #expect(generator.requests.first?.stopTokens == [ByteModel.end])
    }
}
