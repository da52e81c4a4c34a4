import Hummingbird
import PagedAPI
import PagedEngine
import PagedSampling

/// `POST /v1/chat/completions/render` and `POST /v1/completions/render`: what a request becomes, without
/// running it.
///
/// The form is that of vLLM, whose routers (llm-d's, among others) take `token_ids` to choose a replica that
/// has the prompt's beginning in its cache.
struct RenderRoute: Sendable {
    let services: GenerationServices

    func chatCompletions(
        _ request: Request,
        _ context: ServerRequestContext
    ) async throws -> Response {
        let route = ChatCompletionsRoute(services: services)
        return try await services.prepare(ChatCompletionRequest.self, from: request) {
            body,
            bytes in
            let prepared = try route.prepare(body, bytes, salt: [])
            return Response(json: rendered(prepared, "chatcmpl-", body.fields)[0])
        }
    }

    func completions(
        _ request: Request,
        _ context: ServerRequestContext
    ) async throws -> Response {
        let route = CompletionsRoute(services: services)
        return try await services.prepare(CompletionRequest.self, from: request) { body, bytes in
            let prepared = try route.prepare(body, bytes, salt: [])
            return Response(json: rendered(prepared, "cmpl-", body.fields))
        }
    }

    /// One for each prompt.
    private func rendered(
        _ request: PreparedRequest,
        _ prefix: String,
        _ fields: GenerationFields
    ) -> [RenderedRequest] {
        let choices = request.choicesPerPrompt
        return stride(from: 0, to: request.generations.count, by: choices).map { choice in
            let generation = request.generations[choice]
            var sampling = RenderedSampling(generation.sampling)
            sampling.n = choices
            sampling.maxTokens = generation.maximumNewTokens
            sampling.stop = request.stops
            sampling.stopTokenIDs = generation.stopTokens.sorted()
            return RenderedRequest(
                requestID: services.header(prefix: prefix, request).id,
                tokenIDs: generation.promptTokens,
                samplingParams: sampling,
                model: services.model.name,
                stream: request.streams,
                cacheSalt: fields.cacheSalt
            )
        }
    }
}

extension RenderedSampling {
    fileprivate init(_ parameters: SamplingParameters) {
        self.init()
        temperature = parameters.temperature
        topP = parameters.topP
        topK = parameters.topK
        minP = parameters.minP
        presencePenalty = parameters.presencePenalty
        frequencyPenalty = parameters.frequencyPenalty
        repetitionPenalty = parameters.repetitionPenalty
        seed = Nullable(parameters.seed.map { Int64(bitPattern: $0) })
    }
}
