import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedSampling
import Testing

@Suite("Log-probabilities")
struct LogprobTests {
    private func generator(_ text: String) -> ScriptedGenerator {
        ScriptedGenerator { _, _ in
            ByteModel.tokens(text).map { token in
                let top = [
                    TokenLogprob(token: token, logprob: -0.5),
                    TokenLogprob(token: 33, logprob: -.infinity),
                ]
                return .token(GeneratedToken(token: token, logprob: -0.5, topLogprobs: top))
            } + [.finished(.length)]
        }
    }

    @Test("Chat: one entry per token with its bytes")
    func chat() async throws {
        let response = try await TestServer(generator("aé")).chat(
            """
            {"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":2}
            """
        )
        let answer = try response.decoded(ChatCompletion.self)
        let content = try #require(answer.choices.first?.logprobs.value?.content)
        #expect(content.map(\.token) == ["a", #"bytes:\xc3"#, #"bytes:\xa9"#])
        #expect(content.map(\.bytes) == [[97], [0xc3], [0xa9]])
        #expect(content.map(\.logprob) == [-0.5, -0.5, -0.5])
        #expect(
            content.first?.topLogprobs == [
                ChatTopLogprob(token: "a", logprob: -0.5, bytes: [97]),
                ChatTopLogprob(token: "!", logprob: -9999, bytes: [33]),
            ]
        )
    }

    @Test("Completions: parallel arrays with offsets in characters")
    func completion() async throws {
        let response = try await TestServer(generator("aéb")).complete(
            #"{"prompt":"x","logprobs":2}"#
        )
        let logprobs = try #require(
            try response.decoded(Completion.self).choices.first?.logprobs.value
        )
        #expect(logprobs.tokens == ["a", #"bytes:\xc3"#, #"bytes:\xa9"#, "b"])
        #expect(logprobs.textOffset == [0, 1, 1, 2])
        #expect(logprobs.topLogprobs.first == ["a": -0.5, "!": -9999])
        #expect(logprobs.tokenLogprobs.count == 4)
    }

    @Test("The tokens of a stop string are not shown")
    func stopString() async throws {
        let response = try await TestServer(generator("ab@@c")).complete(
            #"{"prompt":"x","logprobs":0,"stop":"@@"}"#
        )
        let choice = try #require(try response.decoded(Completion.self).choices.first)
        #expect(choice.text == "ab")
        #expect(choice.logprobs.value?.tokens == ["a", "b"])
    }

    @Test("In a stream, tokens come with the text they belong to")
    func streaming() async throws {
        let response = try await TestServer(generator("é")).complete(
            #"{"prompt":"x","logprobs":0,"stream":true}"#
        )
        #expect(response.text.contains(#""tokens":["bytes:\\xc3","bytes:\\xa9"]"#))
    }

    @Test("Nobody gets log-probabilities without asking")
    func absent() async throws {
        let response = try await TestServer(generator("a")).complete(#"{"prompt":"x"}"#)
        #expect(response.text.contains(#""logprobs":null"#))
    }
}
