import Foundation
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedSampling
import Testing

@Suite("Log-probabilities of prompts")
struct PromptLogprobTests {
    /// Scores place `i` of a prompt with `-i`, says "!" of every place, and generates "xy".
    private func generator() -> ScriptedGenerator {
        ScriptedGenerator { request, _ in Self.events(request) }
    }

    private static func events(_ request: GenerationRequest) -> [GenerationEvent] {
        var events: [GenerationEvent] = [.admitted(cachedPromptTokens: 0)]
        if let best = request.promptLogprobs {
            let scored = request.promptTokens.enumerated().dropFirst().map { place, token in
                ScoredToken(
                    token: token,
                    logprob: -Float(place),
                    rank: 7,
                    topLogprobs: [TokenLogprob(token: 33, logprob: -0.5)].prefix(best) + []
                )
            }
            events.append(.prompt(scored))
        }
        let top = [TokenLogprob(token: 33, logprob: -0.25)]
        events += ByteModel.tokens("xy").prefix(request.maximumNewTokens).map {
            .token(GeneratedToken(token: $0, logprob: -0.125, topLogprobs: top))
        }
        return events + [.finished(.length)]
    }

    @Test("An echoed prompt and the output share one object, with offsets in the whole text")
    func echo() async throws {
        let generator = generator()
        let response = try await TestServer(generator).complete(
            #"{"prompt":"aéb","echo":true,"logprobs":1,"max_tokens":2}"#
        )
        let choice = try #require(try response.decoded(Completion.self).choices.first)
        #expect(choice.text == "aébxy")
        let logprobs = try #require(choice.logprobs.value)
        #expect(logprobs.tokens == ["a", #"bytes:\xc3"#, #"bytes:\xa9"#, "b", "x", "y"])
        #expect(logprobs.tokenLogprobs == [nil, -1, -2, -3, -0.125, -0.125])
        #expect(logprobs.textOffset == [0, 1, 1, 2, 3, 4])
        #expect(logprobs.topLogprobs[0] == nil)
        #expect(logprobs.topLogprobs[3] == ["b": -3, "!": -0.5])
        #expect(logprobs.topLogprobs[4] == ["x": -0.125, "!": -0.25])
        #expect(response.text.contains(#""token_logprobs":[null,-1"#))
        #expect(choice.promptLogprobs == nil)
        #expect(generator.requests.map(\.promptLogprobs) == [1])
    }

    @Test("Only the prompt is wanted of a request without new tokens")
    func scoreOnly() async throws {
        let generator = generator()
        let response = try await TestServer(generator).complete(
            #"{"prompt":[[97,98],[99]],"echo":true,"logprobs":0,"max_tokens":0}"#
        )
        let answer = try response.decoded(Completion.self)
        #expect(answer.choices.map(\.text) == ["ab", "c"])
        #expect(answer.choices.map(\.finishReason.value) == ["length", "length"])
        #expect(answer.choices.map(\.logprobs.value?.tokenLogprobs) == [[nil, -1], [nil]])
        #expect(answer.choices[0].logprobs.value?.topLogprobs == [nil, ["b": -1]])
        #expect(answer.usage?.value?.promptTokens == 3)
        #expect(answer.usage?.value?.completionTokens == 0)
        #expect(generator.requests.map(\.maximumNewTokens) == [0, 0])
    }

    @Test("Offsets stay within an echoed text whose special tokens have no text")
    func specialTokens() async throws {
        let response = try await TestServer(generator()).complete(
            #"{"prompt":[256,97,98],"echo":true,"logprobs":0,"max_tokens":1}"#
        )
        let choice = try #require(try response.decoded(Completion.self).choices.first)
        #expect(choice.text == "abx")
        #expect(choice.logprobs.value?.tokens == ["<|end|>", "a", "b", "x"])
        #expect(choice.logprobs.value?.textOffset == [0, 0, 1, 2])
    }

    @Test("prompt_logprobs has vLLM's form: in each choice of completions, beside those of chat")
    func vLLM() async throws {
        let generator = generator()
        let entry = { (token: String, logprob: Float, rank: Int) in
            PromptLogprob(logprob: logprob, rank: rank, decodedToken: token)
        }
        let expected: PromptLogprobs = [
            nil, ["98": entry("b", -1, 7), "33": entry("!", -0.5, 1)],
        ]
        var response = try await TestServer(generator).complete(
            #"{"prompt":"ab","prompt_logprobs":1,"n":2,"max_tokens":1}"#
        )
        let answer = try response.decoded(Completion.self)
        #expect(answer.choices.map(\.promptLogprobs) == [expected, expected])
        #expect(answer.choices.map(\.logprobs.value) == [nil, nil])
        #expect(answer.choices.map(\.text) == ["x", "x"])
        #expect(generator.requests.map(\.promptLogprobs) == [1, nil])
        #expect(response.text.contains(#"[null,{"33":{"decoded_token":"!","logprob":-0.5"#))

        response = try await TestServer(generator).chat(
            """
            {"messages":[{"role":"user","content":"ab"}],"prompt_logprobs":0,"max_tokens":0}
            """
        )
        let chat = try response.decoded(ChatCompletion.self)
        #expect(chat.promptLogprobs?.count == chat.usage.promptTokens)
        #expect(chat.promptLogprobs?[1] == ["97": entry("a", -1, 7)])
        #expect(chat.choices[0].message.content.value == "")
        #expect(chat.choices[0].finishReason == "length")
    }

    @Test("Each of two wishes gets as many alternatives as it asked for")
    func both() async throws {
        let generator = generator()
        let response = try await TestServer(generator).complete(
            #"{"prompt":"ab","echo":true,"logprobs":0,"prompt_logprobs":1,"max_tokens":0}"#
        )
        let choice = try #require(try response.decoded(Completion.self).choices.first)
        #expect(choice.logprobs.value?.topLogprobs == [nil, ["b": -1]])
        #expect(choice.promptLogprobs?[1]?.count == 2)
        #expect(generator.requests.map(\.promptLogprobs) == [1])
    }

    @Test("A stream begins with the prompt of each choice, whichever gets its tokens first")
    func stream() async throws {
        let generator = ScriptedGenerator { request, index in
            index == 1 ? Self.events(request) : []
        }
        let server = TestServer(generator)
        async let pending = server.complete(
            #"{"prompt":"ab","echo":true,"logprobs":1,"n":2,"max_tokens":1,"stream":true}"#
        )
        while generator.requests.count < 2 { await Task.yield() }
        try await Task.sleep(for: .milliseconds(20))
        for event in Self.events(generator.requests[0]) { generator.send(event, to: 0) }
        let text = try await pending.text
        let chunks = try text.split(separator: "\n\n").dropLast().map {
            try JSONDecoder().decode(Completion.self, from: Data($0.dropFirst(6).utf8))
        }
        for index in 0..<2 {
            let choices = chunks.flatMap(\.choices).filter { $0.index == index }
            #expect(choices.map(\.text) == ["ab", "x", ""])
            #expect(choices[0].logprobs.value?.tokenLogprobs == [nil, -1])
            #expect(choices[1].logprobs.value?.textOffset == [2])
            #expect(choices[2].finishReason.value == "length")
        }
    }

    @Test("A request whose prompt fails ends, though its other choices wait for the prompt")
    func failure() async throws {
        let generator = ScriptedGenerator { request, index in
            index.isMultiple(of: 2) ? [.finished(.failed("no luck"))] : Self.events(request)
        }
        for stream in [true, false] {
            let response = try await TestServer(generator).complete(
                #"{"prompt":"ab","echo":true,"logprobs":1,"n":2,"max_tokens":1,"stream":\#(stream)}"#
            )
            #expect(response.text.contains("generation_failed"), "\(response.text)")
            #expect(!response.text.contains(#""text":"x""#))
        }
    }

    @Test("More log-probabilities than an answer may hold are refused with the numbers")
    func limit() async throws {
        let generator = generator()
        let tokens = Array(repeating: "97", count: 500).joined(separator: ",")
        let prompts = Array(repeating: "[\(tokens)]", count: 8).joined(separator: ",")
        for (fields, param) in [
            (#""prompt_logprobs":20"#, "prompt_logprobs"),
            (#""echo":true,"logprobs":20"#, "logprobs"),
        ] {
            let response = try await TestServer(generator).complete(
                #"{"prompt":[\#(prompts)],"n":4,"max_tokens":1,\#(fields)}"#
            )
            #expect(response.status == .badRequest)
            let error = try response.decoded(ErrorBody.self).error
            #expect(error.param.value == param)
            #expect(error.message.contains("16000") && error.message.contains("262144"))
        }
        #expect(generator.requests.isEmpty)
    }
}
