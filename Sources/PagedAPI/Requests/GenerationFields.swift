/// The fields that both kinds of requests have: OpenAI's, and vLLM's additions to them.
package struct GenerationFields: Decodable, Sendable {
    /// The model's name; nil means the one that is served.
    package let model: String?
    /// Number of choices per prompt.
    package let n: Int?
    /// Most tokens to generate.
    package let maxTokens: Int?
    /// The newer name of `maxTokens`.
    package let maxCompletionTokens: Int?
    /// 0 is greedy.
    package let temperature: Double?
    /// Nucleus sampling.
    package let topP: Double?
    /// Keeps this many tokens; 0 and -1 keep all.
    package let topK: Int?
    /// Drops tokens less likely than this fraction of the most likely one.
    package let minP: Double?
    /// Once for each token that occurred in the output.
    package let presencePenalty: Double?
    /// For each time a token occurred in the output.
    package let frequencyPenalty: Double?
    /// For tokens in prompt and output, multiplicative.
    package let repetitionPenalty: Double?
    /// How many alternatives to report with each token of the prompt; nil reports nothing of it.
    package let promptLogprobs: Int?
    /// Makes sampling repeatable.
    package let seed: Int64?
    /// Strings that end the output.
    package let stop: StopStrings?
    /// Tokens that end the output.
    package let stopTokenIDs: StopTokens?
    /// Whether to go on after the model's end-of-sequence token.
    package let ignoreEOS: Bool?
    /// The output does not end before it has so many tokens.
    package let minTokens: Int?
    /// Whether the stop string or stop token that ends the output is part of its text.
    package let includeStopStringInOutput: Bool?
    /// False: special tokens have their text in the output.
    package let skipSpecialTokens: Bool?
    /// Added to logits, by token.
    package let logitBias: LogitBias?
    /// Whether to answer with server-sent events.
    package let stream: Bool?
    /// Only with `stream`.
    package let streamOptions: StreamOptions?
    /// Requests share cached prefixes only with requests of the same salt.
    package let cacheSalt: String?

    private enum CodingKeys: String, CodingKey {
        case model, n, temperature, seed, stop, stream
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        case topP = "top_p"
        case topK = "top_k"
        case minP = "min_p"
        case presencePenalty = "presence_penalty"
        case frequencyPenalty = "frequency_penalty"
        case repetitionPenalty = "repetition_penalty"
        case promptLogprobs = "prompt_logprobs"
        case stopTokenIDs = "stop_token_ids"
        case ignoreEOS = "ignore_eos"
        case minTokens = "min_tokens"
        case includeStopStringInOutput = "include_stop_str_in_output"
        case skipSpecialTokens = "skip_special_tokens"
        case logitBias = "logit_bias"
        case streamOptions = "stream_options"
        case cacheSalt = "cache_salt"
    }
}

/// `{"include_usage": true}`
package struct StreamOptions: Decodable, Sendable {
    /// Whether the stream ends with a chunk that holds the usage.
    package let includeUsage: Bool?
    /// Whether all chunks hold the usage so far; not served.
    package let continuousUsageStats: Bool?

    private enum CodingKeys: String, CodingKey {
        case includeUsage = "include_usage"
        case continuousUsageStats = "continuous_usage_stats"
    }
}
