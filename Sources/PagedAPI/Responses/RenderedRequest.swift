/// A prompt of a request as the model would get it, as vLLM's `/render` routes answer it.
package struct RenderedRequest: Codable, Equatable, Sendable {
    /// The identifier that an answer would have.
    package var requestID: String
    /// The prompt.
    package var tokenIDs: [Int32]
    /// Images and the like, which are not served.
    package var features: Nullable<String> = .null
    /// How tokens would be chosen, with the model's defaults filled in.
    package var samplingParams: RenderedSampling
    /// The model's name.
    package var model: String
    /// Whether the answer would be server-sent events.
    package var stream: Bool
    /// The request's own salt.
    package var cacheSalt: Nullable<String>

    /// A rendered prompt.
    package init(
        requestID: String,
        tokenIDs: [Int32],
        samplingParams: RenderedSampling,
        model: String,
        stream: Bool,
        cacheSalt: String?
    ) {
        self.requestID = requestID
        self.tokenIDs = tokenIDs
        self.samplingParams = samplingParams
        self.model = model
        self.stream = stream
        self.cacheSalt = Nullable(cacheSalt)
    }

    private enum CodingKeys: String, CodingKey {
        case features, model, stream
        case requestID = "request_id"
        case tokenIDs = "token_ids"
        case samplingParams = "sampling_params"
        case cacheSalt = "cache_salt"
    }
}

/// The numbers by which a request's tokens would be chosen.
package struct RenderedSampling: Codable, Equatable, Sendable {
    package var n = 1
    package var maxTokens = 0
    package var temperature: Float = 1
    package var topP: Float = 1
    package var topK = 0
    package var minP: Float = 0
    package var presencePenalty: Float = 0
    package var frequencyPenalty: Float = 0
    package var repetitionPenalty: Float = 1
    package var seed: Nullable<Int64> = .null
    package var stop: [String] = []
    package var stopTokenIDs: [Int32] = []

    /// One choice, by probability alone.
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case n, temperature, seed, stop
        case maxTokens = "max_tokens"
        case topP = "top_p"
        case topK = "top_k"
        case minP = "min_p"
        case presencePenalty = "presence_penalty"
        case frequencyPenalty = "frequency_penalty"
        case repetitionPenalty = "repetition_penalty"
        case stopTokenIDs = "stop_token_ids"
    }
}
