/// The body of `POST /v1/completions`.
package struct CompletionRequest: Decodable, Sendable {
    /// What to continue.
    package let prompt: CompletionPrompt
    /// Whether the answer starts with the prompt.
    package let echo: Bool?
    /// How many alternatives to report with each token; nil reports no log-probabilities.
    package let logprobs: Int?
    /// The wanted form of the output; a schema in it is read apart, with the order of members.
    package let responseFormat: ResponseFormat?
    /// Everything that chat requests have too.
    package let fields: GenerationFields
    /// What is not served.
    package let unserved: UnservedFields

    private enum CodingKeys: String, CodingKey {
        case prompt, echo, logprobs
        case responseFormat = "response_format"
    }

    /// Decodes the keys that are known and ignores the others.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        prompt = try keys.decode(CompletionPrompt.self, forKey: .prompt)
        echo = try keys.decodeIfPresent(Bool.self, forKey: .echo)
        logprobs = try keys.decodeIfPresent(Int.self, forKey: .logprobs)
        responseFormat = try keys.decodeIfPresent(ResponseFormat.self, forKey: .responseFormat)
        fields = try GenerationFields(from: decoder)
        unserved = try UnservedFields(from: decoder)
    }
}
