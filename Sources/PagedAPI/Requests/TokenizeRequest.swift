/// The body of `POST /tokenize`: a text or a chat.
package struct TokenizeRequest: Decodable, Sendable {
    /// What to tokenize.
    package enum Content: Sendable {
        /// A text, as `/v1/completions` takes it.
        case prompt(String)
        /// A chat, as `/v1/chat/completions` takes it.
        case chat(ChatCompletionRequest)
    }

    /// The model's name; nil means the one that is served.
    package let model: String?
    /// What to tokenize.
    package let content: Content
    /// Whether to add what the tokenizer puts around a text; nil is true for a text, and false for a
    /// chat, whose template writes it.
    package let addSpecialTokens: Bool?
    /// Whether to answer with the tokens as the vocabulary writes them, too.
    package let returnTokenStrs: Bool?

    private enum CodingKeys: String, CodingKey {
        case model, prompt, messages
        case addSpecialTokens = "add_special_tokens"
        case returnTokenStrs = "return_token_strs"
    }

    /// Decodes the keys that are known and ignores the others.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        func has(_ key: CodingKeys) throws -> Bool {
            try keys.contains(key) && !keys.decodeNil(forKey: key)
        }
        func problem(_ text: String) -> DecodingError {
            .dataCorruptedError(forKey: .prompt, in: keys, debugDescription: text)
        }
        switch (try has(.prompt), try has(.messages)) {
        case (true, false): content = .prompt(try keys.decode(String.self, forKey: .prompt))
        case (false, true): content = .chat(try ChatCompletionRequest(from: decoder))
        case (true, true): throw problem("is not allowed together with 'messages'.")
        case (false, false): throw problem("or 'messages' is required.")
        }
        model = try keys.decodeIfPresent(String.self, forKey: .model)
        addSpecialTokens = try keys.decodeIfPresent(Bool.self, forKey: .addSpecialTokens)
        returnTokenStrs = try keys.decodeIfPresent(Bool.self, forKey: .returnTokenStrs)
    }
}

/// The body of `POST /detokenize`.
package struct DetokenizeRequest: Decodable, Sendable {
    /// The model's name; nil means the one that is served.
    package let model: String?
    /// The tokens as sent; at most as many as the decoder's `promptTokenLimit`.
    package let tokens: [Int]

    private enum CodingKeys: String, CodingKey {
        case model, tokens
    }

    /// Counts the tokens first.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        model = try keys.decodeIfPresent(String.self, forKey: .model)
        var items = try keys.nestedUnkeyedContainer(forKey: .tokens)
        let limit = CompletionPrompt.tokenLimit(decoder)
        tokens = try items.elements(of: Int.self, atMost: limit, "tokens")
    }
}
