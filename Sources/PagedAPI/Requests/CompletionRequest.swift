/// The body of `POST /v1/completions`.
package struct CompletionRequest: Decodable, Sendable {
    /// What to continue.
    package let prompt: CompletionPrompt
    /// Whether the answer starts with the prompt.
    package let echo: Bool?
    /// How many alternatives to report with each token; nil reports no log-probabilities.
    package let logprobs: Int?
    /// Number of candidates to choose from; this server generates exactly `n`.
    package let bestOf: Int?
    /// Text after the completion; not served.
    package let suffix: String?
    /// Everything that chat requests have too.
    package let fields: GenerationFields

    private enum CodingKeys: String, CodingKey {
        case prompt, echo, logprobs, suffix
        case bestOf = "best_of"
    }

    /// Decodes the keys that are known and ignores the others.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        prompt = try keys.decode(CompletionPrompt.self, forKey: .prompt)
        echo = try keys.decodeIfPresent(Bool.self, forKey: .echo)
        logprobs = try keys.decodeIfPresent(Int.self, forKey: .logprobs)
        bestOf = try keys.decodeIfPresent(Int.self, forKey: .bestOf)
        suffix = try keys.decodeIfPresent(String.self, forKey: .suffix)
        fields = try GenerationFields(from: decoder)
    }
}
