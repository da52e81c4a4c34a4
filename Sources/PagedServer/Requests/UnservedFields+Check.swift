import PagedAPI

extension UnservedFields {
    /// Refuses values that ask for something: an answer that leaves it out would look like one that has it.
    func check(_ fields: GenerationFields) throws(APIError) {
        for field in UnservedField.allCases {
            guard let value = values[field] else { continue }
            let accepted = field.accepted(fields)
            guard !accepted.contains(value) else { continue }
            let words = accepted.map(\.words).joined(separator: ", ")
            throw .invalid(
                field.rawValue,
                "is not supported; " + (words.isEmpty ? "leave it out." : "allowed: \(words).")
            )
        }
    }
}

extension UnservedField {
    /// The values that ask for nothing, besides null.
    fileprivate func accepted(_ fields: GenerationFields) -> [FieldValue] {
        switch self {
        case .bestOf: [.integer(fields.n ?? 1)]
        case .useBeamSearch: [.bool(false)]
        case .modalities: [.texts(["text"])]
        case .functionCall: [.text("none"), .text("auto")]
        case .suffix: [.text("")]
        case .badWords, .documents, .functions, .logitsProcessors: [.texts([])]
        case .allowedTokenIDs, .audio, .chatTemplate, .guidedChoice, .guidedGrammar, .guidedJSON,
            .guidedRegex, .promptEmbeds, .structuredOutputs, .truncatePromptTokens,
            .webSearchOptions:
            []
        }
    }
}

extension FieldValue {
    /// For error messages.
    fileprivate var words: String {
        switch self {
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .text(let text): "'\(text)'"
        case .texts(let texts): "\(texts)"
        case .other: "other"
        }
    }
}
