import Hummingbird
import PagedAPI
import PagedText

/// `POST /tokenize` and `POST /detokenize`, as in vLLM: the tokens that the generating routes would take
/// a prompt for, and back.
struct TokenizeRoute: Sendable {
    /// Most tokens of an answer where the model's context is shorter: texts that are too long for it can
    /// still be counted and cut.
    private static let tokenLimit = 1 << 20

    let services: GenerationServices

    func tokenize(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await services.prepare(TokenizeRequest.self, from: request) { body, bytes in
            Response(json: try response(to: body, bytes))
        }
    }

    func detokenize(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let model = services.model
        return try await services.prepare(DetokenizeRequest.self, from: request) { body, _ in
            try model.checkName(body.model)
            let tokens = try PromptEncoder(model: model).checked(body.tokens, "tokens")
            let text = model.tokenizer.decode(tokens, skipSpecialTokens: false)
            return Response(json: DetokenizeResponse(prompt: text))
        }
    }

    private func response(
        to body: TokenizeRequest,
        _ bytes: [UInt8]
    ) throws(APIError) -> TokenizeResponse {
        let model = services.model
        try model.checkName(body.model)
        let (tokens, field) =
            switch body.content {
            case .prompt(let text): (encode(text, body), "prompt")
            case .chat(let chat): (try encode(chat, bytes, body), "messages")
            }
        let limit = max(Self.tokenLimit, model.maximumSequenceLength)
        guard tokens.count <= limit else {
            throw .invalid(field, "has \(tokens.count) tokens; allowed: at most \(limit).")
        }
        return TokenizeResponse(
            tokens: tokens,
            tokenStrs: body.returnTokenStrs == true
                ? tokens.map { model.tokenizer.text(of: $0) ?? "" } : nil,
            maxModelLen: model.maximumSequenceLength
        )
    }

    private func encode(_ text: String, _ body: TokenizeRequest) -> [Int32] {
        services.model.tokenizer.encode(
            text,
            addSpecialTokens: body.addSpecialTokens ?? true,
            parseSpecialTokens: true
        )
    }

    private func encode(
        _ chat: ChatCompletionRequest,
        _ bytes: [UInt8],
        _ body: TokenizeRequest
    ) throws(APIError) -> [Int32] {
        let model = services.model
        try chat.checkBounds(markup: model.chatTemplate?.markup)
        let prompt = try PromptEncoder(model: model).rendered(chat, body: bytes)
        return model.tokenizer.encode(prompt, addSpecialTokens: body.addSpecialTokens ?? false)
    }
}
