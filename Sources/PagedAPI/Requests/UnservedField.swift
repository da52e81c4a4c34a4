/// Fields that OpenAI or vLLM has for requests, and that this server knows of but does not serve.
package enum UnservedField: String, CodingKey, CaseIterable, Sendable {
    case allowedTokenIDs = "allowed_token_ids"
    case audio
    case badWords = "bad_words"
    case bestOf = "best_of"
    case chatTemplate = "chat_template"
    case documents
    case functionCall = "function_call"
    case functions
    case guidedChoice = "guided_choice"
    case guidedGrammar = "guided_grammar"
    case guidedJSON = "guided_json"
    case guidedRegex = "guided_regex"
    case logitsProcessors = "logits_processors"
    case modalities
    case promptEmbeds = "prompt_embeds"
    case structuredOutputs = "structured_outputs"
    case suffix
    case truncatePromptTokens = "truncate_prompt_tokens"
    case useBeamSearch = "use_beam_search"
    case webSearchOptions = "web_search_options"
}

/// What a request says in fields that are not served.
package struct UnservedFields: Decodable, Sendable {
    /// Values that are not null.
    package let values: [UnservedField: FieldValue]

    /// Decodes the fields that are there.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: UnservedField.self)
        var values: [UnservedField: FieldValue] = [:]
        for key in keys.allKeys where try !keys.decodeNil(forKey: key) {
            values[key] = try keys.decode(FieldValue.self, forKey: key)
        }
        self.values = values
    }
}

/// As much of a value as it takes to know one that asks for nothing.
package enum FieldValue: Decodable, Equatable, Sendable {
    case bool(Bool)
    case integer(Int)
    case text(String)
    /// An array of a few strings, or of nothing.
    case texts([String])
    /// Anything else.
    case other

    private static let textLimit = 4

    /// Decodes any value.
    package init(from decoder: any Decoder) throws {
        if var items = try? decoder.unkeyedContainer() {
            var texts: [String] = []
            while !items.isAtEnd, texts.count < Self.textLimit, let text = try items.stringIfAny() {
                texts.append(text)
            }
            self = items.isAtEnd ? .texts(texts) : .other
            return
        }
        guard let value = try? decoder.singleValueContainer() else {
            self = .other
            return
        }
        if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let text = try decoder.stringIfAny() {
            self = .text(text)
        } else {
            self = .other
        }
    }
}
