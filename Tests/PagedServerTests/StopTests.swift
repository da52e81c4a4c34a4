import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedSampling
import Testing

@Suite("Stop strings and stop tokens")
struct StopTests {
    @Test("A stop string is never shown, ends the request and is counted")
    func stopString() async throws {
        let generator = ScriptedGenerator { _, _ in
            ScriptedGenerator.events("one STOP two", finish: nil)
        }
        let response = try await TestServer(generator).complete(
            #"{"prompt":"x","stop":["nowhere"," STOP"]}"#
        )
        let answer = try response.decoded(Completion.self)
        #expect(answer.choices.map(\.text) == ["one"])
        #expect(answer.choices.map(\.finishReason.value) == ["stop"])
        #expect(answer.usage?.value?.completionTokens == 8)
        #expect(generator.cancelled == [0])
    }

    @Test("No part of a stop string shows in a stream, and what only began like one does")
    func streaming() async throws {
        let generator = ScriptedGenerator(saying: "a@@b@@@c")
        let response = try await TestServer(generator).complete(
            #"{"prompt":"x","stop":"@@@","stream":true}"#
        )
        let texts = response.text.split(separator: "\n\n").dropLast(2).map { event in
            event.split(separator: #""text":"#).last.map { $0.prefix { $0 != "}" } } ?? ""
        }
        #expect(texts == [#""a""#, ##""@@b""##])
    }

    @Test("A stop token has no text but counts")
    func stopToken() async throws {
        let generator = ScriptedGenerator { _, _ in
            ScriptedGenerator.events("ab\n", finish: nil) + [.finished(.stop)]
        }
        let response = try await TestServer(generator).complete(
            #"{"prompt":"x","stop_token_ids":[10]}"#
        )
        let answer = try response.decoded(Completion.self)
        #expect(answer.choices.map(\.text) == ["ab"])
        #expect(answer.usage?.value?.completionTokens == 3)
    }

    @Test("Text that was held back comes out when the output ends for another reason")
    func heldBack() async throws {
        let response = try await TestServer(ScriptedGenerator(saying: "ab@", finish: .length))
            .complete(#"{"prompt":"x","stop":"@@"}"#)
        let answer = try response.decoded(Completion.self)
        #expect(answer.choices.map(\.text) == ["ab@"])
        #expect(answer.choices.map(\.finishReason.value) == ["length"])
    }

    private func text(_ output: String, _ fields: String) async throws -> String {
        let generator = ScriptedGenerator { _, _ in
            ScriptedGenerator.events(output, finish: nil) + [
                .token(GeneratedToken(token: 257)), .token(GeneratedToken(token: 10)),
                .finished(.stop),
            ]
        }
        let response = try await TestServer(generator).complete(
            #"{"prompt":"x","stop_token_ids":[10],\#(fields)}"#
        )
        return try #require(response.decoded(Completion.self).choices.first).text
    }

    @Test("What ends the output is part of it when that is asked for")
    func shownStop() async throws {
        let shown = #""include_stop_str_in_output":true"#
        #expect(try await text("one STOP two", #""stop":" STOP",\#(shown)"#) == "one STOP")
        #expect(try await text("one", shown) == "one\n")
    }

    @Test("Special tokens are text when that is asked for")
    func shownSpecialTokens() async throws {
        #expect(try await text("one", #""skip_special_tokens":true"#) == "one")
        #expect(try await text("one", #""skip_special_tokens":false"#) == "one<|user|>")
    }

    @Test("An output does not end before its least length")
    func minimumLength() async throws {
        #expect(try await text("a.b.c.d", #""stop":".","min_tokens":2"#) == "a.b")
        let generator = ScriptedGenerator(saying: "x")
        _ = try await TestServer(generator).complete(
            #"{"prompt":"x","stop_token_ids":[10],"min_tokens":2}"#
        )
        var constraint = try #require(generator.requests.first?.constraint)
        for isLongEnough in [false, false, true] {
            let allowed = [10, ByteModel.end, 11].map { constraint.allows($0) }
            #expect(allowed == [isLongEnough, isLongEnough, true])
            constraint.append(11)
        }
    }
}
