import Hummingbird
import PagedAPI
import PagedText

/// `POST /v1/chat/completions`
struct ChatCompletionsRoute: Sendable {
    let services: GenerationServices

    func handle(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let prepared = try await services.prepare(ChatCompletionRequest.self, from: request) {
            body,
            bytes in
            try prepare(body, bytes, salt: context.cacheSalt)
        }
        let format = ChatFormat(
            header: services.header(prefix: "chatcmpl-", prepared),
            tokenText: TokenText(tokenizer: services.model.tokenizer),
            request: prepared
        )
        return try await services.answer(prepared, as: format, in: context)
    }

    func prepare(
        _ body: ChatCompletionRequest,
        _ bytes: [UInt8],
        salt: [UInt8]
    ) throws(APIError) -> PreparedRequest {
        let model = services.model
        try model.checkName(body.fields.model)
        try body.fields.checkBounds()
        try body.checkBounds(markup: model.chatTemplate?.markup)
        let template = model.chatTemplate
        let form = try OutputForm(body, body: bytes, markup: template?.markup)
        let prompt = try PromptEncoder(model: model).prompt(of: body, body: bytes)
        var prepared = try RequestBuilder(model: model, tenantSalt: salt, promptField: "messages")
            .build(
                [prompt],
                body.fields,
                logprobs: body.logprobs == true ? body.topLogprobs ?? 0 : nil,
                defaultOutput: nil,
                form: form
            )
        if let markup = template?.markup, body.asksForCalls || markup.isInEveryAnswer {
            prepared.syntax.calls = markup
            prepared.syntax.isCall = body.forcesCalls
        }
        // A form begins at once.
        if template?.writesThoughts == true, form == nil {
            prepared.syntax.thoughts = prompt.endsInThought ? .open : .marked
        }
        return prepared
    }
}
