import PagedServer
import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import Testing

@Suite("Limits")
struct LimitTests {
    private func error(_ response: TestResponse) throws -> ErrorDetails {
        try response.decoded(ErrorBody.self).error
    }

    @Test("100000 stop strings, 300000 biases and 2000 prompts are refused with their number")
    func hugeLists() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        let stops = Array(repeating: #""ab""#, count: 100_000).joined(separator: ",")
        let biases = (0..<300_000).map { "\"\($0)\":1" }.joined(separator: ",")
        let prompts = Array(repeating: #""a""#, count: 2000).joined(separator: ",")
        let rows = [
            (#"{"prompt":"a","stop":[\#(stops)]}"#, "100000"),
            (#"{"prompt":"a","logit_bias":{\#(biases)}}"#, "300000"),
            (#"{"prompt":[\#(prompts)]}"#, "2000"),
            (#"{"prompt":["a","b","c","d","e","f","g","h","i"],"n":16}"#, "144"),
        ]
        for (body, number) in rows {
            let response = try await server.complete(body)
            #expect(response.status == .badRequest)
            #expect(try error(response).message.contains(number))
        }
    }

    @Test("Long lists of tokens, messages and parts are refused with their number, not decoded")
    func countedLists() async throws {
        func list(_ item: String) -> String {
            "[" + Array(repeating: item, count: 100_000).joined(separator: ",") + "]"
        }
        let server = TestServer(ScriptedGenerator(saying: "x"))
        for body in [
            #"{"prompt":\#(list("1"))}"#,
            #"{"prompt":[[1],\#(list("1"))]}"#,
            #"{"prompt":"a","stop_token_ids":\#(list("1e9"))}"#,
        ] {
            let error = try error(await server.complete(body))
            #expect(error.message.contains("100000"), "\(error.message)")
        }
        for body in [
            #"{"messages":\#(list("1"))}"#,
            #"{"messages":[{"role":"user","content":\#(list("1"))}]}"#,
        ] {
            let error = try error(await server.chat(body))
            #expect(error.message.contains("100000"), "\(error.message)")
        }
    }

    @Test("More choices than the engine ever takes are a 400, not a 429 for ever")
    func queueTooSmall() async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.maximumRequests = 3
        let response = try await server.complete(#"{"prompt":["a","b"],"n":2}"#)
        #expect(response.status == .badRequest)
        #expect(try error(response).message.contains("at most 3"))
        #expect(try await server.complete(#"{"prompt":"a","n":3}"#).status == .ok)
    }

    @Test("A request beyond all numbers is refused with the number asked for")
    func requestedTokens() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        let response = try await server.complete(#"{"prompt":"abc","max_tokens":5000000000}"#)
        #expect(try error(response).message.contains("5000000003 tokens"))
        let most = try await server.complete(#"{"prompt":"abc","max_tokens":\#(Int.max)}"#)
        #expect(most.status == .badRequest)
    }

    @Test("A body that is no UTF-8 is a 400 that says so")
    func encoding() async throws {
        let response = try await TestServer(ScriptedGenerator(saying: "x")).send(
            .post,
            "/v1/chat/completions",
            bytes: Array(#"{"messages":[{"role":"user","content":""#.utf8) + [0xff]
                + Array(#""}]}"#.utf8)
        )
        #expect(response.status == .badRequest)
        #expect(try error(response).message.contains("UTF-8"))
    }

    @Test("A prompt that does not fit is refused with the numbers, never cut")
    func contextLength() async throws {
        let generator = ScriptedGenerator(saying: "x")
        let server = TestServer(generator)
        let rows = [
            (#"{"prompt":"\#(String(repeating: "a", count: 512))"}"#, "prompt", ["512"]),
            (#"{"prompt":"abc","max_tokens":510}"#, "max_tokens", ["512", "513", "3", "510"]),
            (
                #"{"prompt":"\#(String(repeating: "a", count: 100_000))"}"#, "prompt",
                ["100000", "512"]
            ),
        ]
        for (body, param, numbers) in rows {
            let response = try await server.complete(body)
            #expect(response.status == .badRequest)
            let error = try error(response)
            #expect(error.code.value == "context_length_exceeded")
            #expect(error.param.value == param)
            for number in numbers { #expect(error.message.contains(number), "\(error.message)") }
        }
        #expect(generator.requests.isEmpty)
    }

    @Test("A cache smaller than the model's context is the limit")
    func smallCache() async throws {
        let generator = ScriptedGenerator(saying: "x")
        generator.setStatistics { ($0.blockCount, $0.blockSize) = (4, 16) }
        let server = TestServer(generator)
        _ = try await server.chat(#"{"messages":[{"role":"user","content":"Hi"}]}"#)
        #expect(generator.requests.first?.maximumNewTokens == 64 - 5)
    }

    @Test("A body above the limit is a 413, whether it says its length or not")
    func bodySize() async throws {
        var server = TestServer(ScriptedGenerator(saying: "x"))
        server.configuration.maximumBodySize = 1000
        let response = try await server.complete(
            #"{"prompt":"\#(String(repeating: "a", count: 1000))"}"#
        )
        #expect(response.status == .contentTooLarge)
        #expect(try error(response).code.value == "request_too_large")
        let fits = try await server.complete(#"{"prompt":"a"}"#)
        #expect(fits.status == .ok)
    }

    @Test(
        "What a page in a browser may send to any server is a 415",
        arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
    )
    func contentType(_ type: String) async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        let (path, body) = ("/v1/completions", #"{"prompt":"a"}"#)
        let refused = try await server.send(.post, path, body, headers: [.contentType: type])
        #expect(refused.status == .unsupportedMediaType)
        #expect(
            try error(refused).message == "Content-Type must be application/json, got '\(type)'."
        )
        let json: HTTPFields = [.contentType: "Application/JSON; charset=utf-8"]
        #expect(try await server.send(.post, path, body, headers: json).status == .ok)
    }

    @Test("Malformed JSON is a 400 that says where")
    func malformed() async throws {
        let server = TestServer(ScriptedGenerator(saying: "x"))
        for body in ["", "{", "[]", "nonsense"] {
            let response = try await server.complete(body)
            #expect(response.status == .badRequest)
            #expect(try error(response).type == "invalid_request_error")
        }
        let response = try await server.complete("{\n\"prompt\": \"a\" \"b\"}")
        #expect(try error(response).message.contains("line 2, column 15"))
        for (body, word) in [
            (#"{"prompt":"a","temperature":1e999}"#, "out of range at line 1, column 29"),
            (#"{"prompt":"\ud800"}"#, "surrogate"),
            (#"{"prompt":"\udc00\ud800"}"#, "surrogate"),
        ] {
            let message = try error(await server.complete(body)).message
            #expect(message.contains(word), "\(message)")
        }
        #expect(try await server.complete(#"{"prompt":"\ud83d\ude00"}"#).status == .ok)
    }

    @Test("Each refusal of the engine has its status")
    func refusals() async throws {
        let rows: [(SubmissionError, HTTPResponse.Status, String, String?)] = [
            (.queueFull(waiting: 64, retryAfterSeconds: 3), .tooManyRequests, "queue_full", "3"),
            (.shuttingDown, .serviceUnavailable, "shutting_down", "5"),
            (
                .tooLong(promptTokens: 9, maximumNewTokens: 8, limit: 16), .badRequest,
                "context_length_exceeded", nil
            ),
        ]
        for (refusal, status, code, retryAfter) in rows {
            let generator = ScriptedGenerator(saying: "x")
            generator.refuse(with: refusal)
            let response = try await TestServer(generator).complete(
                #"{"prompt":"a","stream":true}"#
            )
            #expect(response.status == status)
            #expect(try error(response).code.value == code)
            #expect(response.headers[.retryAfter] == retryAfter)
        }
    }

    @Test("A failed step is a 500")
    func failedStep() async throws {
        let generator = ScriptedGenerator(saying: "x", finish: .failed("bad things"))
        let response = try await TestServer(generator).complete(#"{"prompt":"a"}"#)
        #expect(response.status == .internalServerError)
        #expect(try error(response).message.contains("bad things"))
    }
}
