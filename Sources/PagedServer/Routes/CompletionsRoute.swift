import PagedSampling
import PagedEngine
import Hummingbird
import Logging
import NIOCore
import PagedAPI

/// What the two generating routes need of the server.
struct GenerationServices: Sendable {
    let model: ServedModel
    let metrics: ServerMetrics
    let state: ServerState
    let sources: ServerSources
    let body: BodyReader
    let preparation = PreparationQueue()
    let logger: Logger

    /// The common part of an answer.
    func header(prefix: String, _ request: PreparedRequest) -> AnswerHeader {
        AnswerHeader(
            id: prefix + sources.makeIdentifier(),
            created: sources.secondsSince1970(),
            model: model.name,
            includesUsage: request.includesUsage
        )
    }

    /// Reads a request's body and, when it is its turn, decodes and prepares it; `prepare` gets the
    /// bytes too.
    func prepare<Body: Decodable & Sendable, Prepared: Sendable>(
        _ type: Body.Type,
        from request: Request,
        _ prepare: @escaping @Sendable (Body, [UInt8]) throws -> Prepared
    ) async throws -> Prepared {
        let limit = model.maximumSequenceLength
        return try await body.withBody(of: request) { bytes in
            try await preparation.run {
                let value = try BodyReader.decode(type, bytes, promptTokenLimit: limit)
                return try prepare(value, Array(bytes.readableBytesView))
            }
        }
    }

    /// Runs a request and writes its answer.
    func answer(
        _ request: PreparedRequest,
        as format: some AnswerFormat,
        in context: ServerRequestContext
    ) async throws -> Response {
        try await Answerer(
            format: format,
            request: request,
            model: model,
            metrics: metrics,
            state: state,
            logger: logger
        ).respond(in: context)
    }
}

/// `POST /v1/completions`
struct CompletionsRoute: Sendable {
    let services: GenerationServices

    func handle(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let prepared = try await services.prepare(CompletionRequest.self, from: request) {
            body,
            bytes in
            try prepare(body, bytes, salt: context.cacheSalt)
        }
        let format = CompletionFormat(
            header: services.header(prefix: "cmpl-", prepared),
            tokenText: TokenText(tokenizer: services.model.tokenizer),
            request: prepared
        )
        return try await services.answer(prepared, as: format, in: context)
    }

    func prepare(
        _ body: CompletionRequest,
        _ bytes: [UInt8],
        salt: [UInt8]
    ) throws(APIError) -> PreparedRequest {
        let model = services.model
        try model.checkName(body.fields.model)
        try body.fields.checkBounds(echoes: body.echo == true)
        try body.checkBounds()
        return try RequestBuilder(model: model, tenantSalt: salt, promptField: "prompt").build(
            try PromptEncoder(model: model).prompts(of: body),
            body.fields,
            logprobs: body.logprobs,
            echoLogprobs: body.echo == true ? body.logprobs : nil,
            defaultOutput: 16,
            form: try OutputForm(body, body: bytes)
        )
    }
}
