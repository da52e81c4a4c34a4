/// The body of `POST /v1/chat/completions`.
package struct ChatCompletionRequest: Decodable, Sendable {
    /// Most messages; more are counted and not decoded.
    package static let messageLimit = 2048

    /// The conversation so far.
    package let messages: [ChatRequestMessage]
    /// Whether to report log-probabilities.
    package let logprobs: Bool?
    /// How many alternatives to report with each token.
    package let topLogprobs: Int?
    /// The wanted form of the answer; a schema in it is read apart, with the order of members.
    package let responseFormat: ResponseFormat?
    /// Tools to show to the model; what they are is read apart, with the order of members.
    package let tools: CountedArray?
    /// `"auto"`, or nothing: the model may call `tools`; `"none"`: it is only shown them; `"required"` or a
    /// name: it has to call one, or that one.
    package let toolChoice: ToolChoice?
    /// How much the model should think.
    package let reasoningEffort: String?
    /// Whether there are switches for the chat template, which are read apart.
    package let hasChatTemplateKwargs: Bool
    /// Whether the prompt ends with what precedes the assistant's answer; nil is true unless the last message
    /// is to be continued.
    package let addGenerationPrompt: Bool?
    /// Whether the prompt ends within its last message, which the answer continues.
    package let continueFinalMessage: Bool?
    /// Everything that completion requests have too.
    package let fields: GenerationFields
    /// What is not served.
    package let unserved: UnservedFields

    private enum CodingKeys: String, CodingKey {
        case messages, logprobs, tools
        case addGenerationPrompt = "add_generation_prompt"
        case continueFinalMessage = "continue_final_message"
        case reasoningEffort = "reasoning_effort"
        case chatTemplateKwargs = "chat_template_kwargs"
        case topLogprobs = "top_logprobs"
        case responseFormat = "response_format"
        case toolChoice = "tool_choice"
    }

    /// Decodes the keys that are known and ignores the others.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        var items = try keys.nestedUnkeyedContainer(forKey: .messages)
        messages = try items.elements(
            of: ChatRequestMessage.self,
            atMost: Self.messageLimit,
            "messages"
        )
        logprobs = try keys.decodeIfPresent(Bool.self, forKey: .logprobs)
        topLogprobs = try keys.decodeIfPresent(Int.self, forKey: .topLogprobs)
        responseFormat = try keys.decodeIfPresent(ResponseFormat.self, forKey: .responseFormat)
        tools = try keys.decodeIfPresent(CountedArray.self, forKey: .tools)
        toolChoice = try keys.decodeIfPresent(ToolChoice.self, forKey: .toolChoice)
        reasoningEffort = try keys.decodeIfPresent(String.self, forKey: .reasoningEffort)
        hasChatTemplateKwargs =
            keys.contains(.chatTemplateKwargs)
            ? try !keys.decodeNil(forKey: .chatTemplateKwargs) : false
        addGenerationPrompt = try keys.decodeIfPresent(Bool.self, forKey: .addGenerationPrompt)
        continueFinalMessage = try keys.decodeIfPresent(Bool.self, forKey: .continueFinalMessage)
        fields = try GenerationFields(from: decoder)
        unserved = try UnservedFields(from: decoder)
    }
}

/// `{"type": "text"}`
package struct ResponseFormat: Decodable, Sendable {
    /// `text`, `json_object` or `json_schema`
    package let type: String
}

/// `"none"`, `"auto"`, `"required"`, or an object that names a tool.
package enum ToolChoice: Decodable, Equatable, Sendable {
    /// One of the words.
    case word(String)
    /// `{"type": "function", "function": {"name": ...}}`
    case named(String)

    private struct Named: Decodable {
        struct Function: Decodable { let name: String }
        let function: Function
    }

    /// Decodes a word or an object.
    package init(from decoder: any Decoder) throws {
        if let word = try decoder.stringIfAny() {
            self = .word(word)
        } else {
            self = .named(try Named(from: decoder).function.name)
        }
    }
}

/// An array of which only the number of elements matters.
package struct CountedArray: Decodable, Equatable, Sendable {
    /// Number of elements.
    package let count: Int

    /// Counts the elements without decoding them.
    package init(from decoder: any Decoder) throws {
        count = try decoder.unkeyedContainer().count ?? 0
    }
}
