import Foundation
import PagedAPI
import Testing

@Suite("Encoding of answers")
struct ResponseEncodingTests {
    private func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test("What OpenAI writes as null is null, what it leaves out is left out")
    func nulls() throws {
        let choice = ChatChunkChoice(index: 0, delta: ChatDelta(content: "a"))
        #expect(
            try encode(choice)
                == #"{"delta":{"content":"a"},"finish_reason":null,"index":0,"logprobs":null}"#
        )
        let error = ErrorBody(ErrorDetails(message: "m", type: "t", param: nil, code: "c"))
        #expect(
            try encode(error)
                == #"{"error":{"code":"c","message":"m","param":null,"type":"t"}}"#
        )
        #expect(try encode(ChatDelta()) == "{}")
    }

    @Test("The usage of a chunk is absent, null or there")
    func usage() throws {
        let usages: [Nullable<Usage>?] = [
            nil, .null, Nullable(Usage(promptTokens: 1, completionTokens: 2, cachedTokens: 0)),
        ]
        let texts = try usages.map { usage in
            try encode(Completion(id: "i", created: 1, model: "m", choices: [], usage: usage))
        }
        #expect(!texts[0].contains("usage"))
        #expect(texts[1].contains(#""usage":null"#))
        #expect(texts[2].contains(#""total_tokens":3"#))
    }
}
