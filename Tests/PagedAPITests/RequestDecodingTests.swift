import Foundation
import PagedAPI
import Testing

@Suite("Decoding of requests")
struct RequestDecodingTests {
    private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test("A prompt has four forms")
    func prompts() throws {
        #expect(try decode(CompletionPrompt.self, #""a""#) == .texts(["a"]))
        #expect(try decode(CompletionPrompt.self, #"["a","b"]"#) == .texts(["a", "b"]))
        #expect(try decode(CompletionPrompt.self, "[1,2]") == .tokens([[1, 2]]))
        #expect(try decode(CompletionPrompt.self, "[[1],[]]") == .tokens([[1], []]))
        #expect(try decode(CompletionPrompt.self, "[[],[1]]") == .tokens([[], [1]]))
        #expect(throws: DecodingError.self) { try decode(CompletionPrompt.self, #"[1,"a"]"#) }
        #expect(throws: DecodingError.self) { try decode(CompletionPrompt.self, "true") }
    }

    @Test("Long stop lists are counted, not read")
    func stops() throws {
        #expect(try decode(StopStrings.self, #""a""#).strings == ["a"])
        let many = "[" + Array(repeating: #""a""#, count: 5000).joined(separator: ",") + "]"
        let stop = try decode(StopStrings.self, many)
        #expect(stop.count == 5000)
        #expect(stop.strings.count == StopStrings.decodingLimit)
    }

    @Test("Long lists of stop tokens, messages and parts are refused before they are decoded")
    func longLists() {
        let many = "[" + Array(repeating: "null", count: 5000).joined(separator: ",") + "]"
        let message = #"{"role":"user","content":\#(many)}"#
        for (body, path) in [
            (#"{"prompt":"a","stop_token_ids":\#(many)}"#, "stop_token_ids"),
            (#"{"prompt":"a","messages":\#(many)}"#, "messages"),
            (#"{"prompt":"a","messages":[\#(message)]}"#, "content"),
        ] {
            let error = #expect(throws: DecodingError.self) {
                _ =
                    path == "stop_token_ids"
                    ? try decode(CompletionRequest.self, body).fields.n
                    : try decode(ChatCompletionRequest.self, body).fields.n
            }
            guard case .dataCorrupted(let context) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(context.codingPath.last?.stringValue == path)
            #expect(context.debugDescription.contains("has 5000"))
        }
    }

    @Test("A prompt of more tokens than the decoder's limit is counted, not read")
    func longPrompts() throws {
        let decoder = JSONDecoder()
        decoder.userInfo[try #require(CompletionPrompt.tokenLimitKey)] = 3
        for json in ["[1,2,3,1.5]", "[[1],[1,2,3,1.5]]"] {
            let prompt = try decoder.decode(CompletionPrompt.self, from: Data(json.utf8))
            #expect(prompt == .tooLong(tokens: 4))
        }
    }

    @Test("Large bias tables are counted, not read")
    func biases() throws {
        #expect(try decode(LogitBias.self, #"{"1":-2.5}"#).entries == ["1": -2.5])
        let many = "{" + (0..<5000).map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let bias = try decode(LogitBias.self, many)
        #expect(bias.count == 5000)
        #expect(bias.entries.isEmpty)
    }

    @Test("Unknown keys are ignored, null is the same as absent")
    func unknownKeys() throws {
        let request = try decode(
            CompletionRequest.self,
            #"{"prompt":"a","user":"u","metadata":{"a":[1]},"seed":null,"max_tokens":4.0}"#
        )
        #expect(request.fields.seed == nil)
        #expect(request.fields.maxTokens == 4)
    }

    @Test("A number that is no integer names its field", arguments: ["1.5", "1e40", "-1e40"])
    func fractions(_ number: String) throws {
        let error = #expect(throws: DecodingError.self) {
            try decode(CompletionRequest.self, #"{"prompt":"a","max_tokens":\#(number)}"#)
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["max_tokens"])
    }

    @Test("Message content is a string, parts or nothing")
    func content() throws {
        func message(_ rest: String) throws -> ChatRequestMessage {
            try decode(ChatRequestMessage.self, #"{"role":"user"\#(rest)}"#)
        }
        #expect(try message("").content == nil)
        #expect(try message(#","content":null"#).content == nil)
        #expect(try message(#","content":"a""#).content == .text("a"))
        #expect(
            try message(#","content":[{"type":"text","text":"a"}]"#).content
                == .parts([ChatContentPart(type: "text", text: "a")])
        )
    }
}
