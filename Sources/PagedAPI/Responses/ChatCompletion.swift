/// The answer to a chat request that does not stream.
package struct ChatCompletion: Codable, Equatable, Sendable {
    /// A name for the answer.
    package var id: String
    /// `chat.completion`
    package var object = "chat.completion"
    /// Seconds since 1970.
    package var created: Int
    /// The served model.
    package var model: String
    /// The answers.
    package var choices: [ChatChoice]
    /// What they took.
    package var usage: Usage
    /// Of the prompt's tokens, null for the first; left out unless asked for.
    package var promptLogprobs: PromptLogprobs?

    /// An answer.
    package init(
        id: String,
        created: Int,
        model: String,
        choices: [ChatChoice],
        usage: Usage,
        promptLogprobs: PromptLogprobs? = nil
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.choices = choices
        self.usage = usage
        self.promptLogprobs = promptLogprobs
    }

    private enum CodingKeys: String, CodingKey {
        case id, object, created, model, choices, usage
        case promptLogprobs = "prompt_logprobs"
    }
}

/// One answer.
package struct ChatChoice: Codable, Equatable, Sendable {
    /// Position among the choices.
    package var index: Int
    /// What the assistant says.
    package var message: ChatAnswer
    /// Null unless asked for.
    package var logprobs: Nullable<ChatLogprobs>
    /// `stop`, `length` or `tool_calls`
    package var finishReason: String

    /// An answer.
    package init(
        index: Int,
        message: ChatAnswer,
        logprobs: ChatLogprobs?,
        finishReason: String
    ) {
        self.index = index
        self.message = message
        self.logprobs = Nullable(logprobs)
        self.finishReason = finishReason
    }

    private enum CodingKeys: String, CodingKey {
        case index, message, logprobs
        case finishReason = "finish_reason"
    }
}

/// What the assistant says.
package struct ChatAnswer: Codable, Equatable, Sendable {
    /// `assistant`
    package var role = "assistant"
    /// The text; null when there are calls instead.
    package var content: Nullable<String>
    /// What the model thought before; left out when it has no channel for that.
    package var reasoningContent: String?
    /// The tools to be called; left out when there are none.
    package var toolCalls: [ChatToolCall]?
    /// Always null here.
    package var refusal: Nullable<String> = .null

    /// What is said, thought and wanted.
    package init(
        content: String?,
        reasoningContent: String? = nil,
        toolCalls: [ChatToolCall]? = nil
    ) {
        self.content = Nullable(content)
        self.reasoningContent = reasoningContent
        self.toolCalls = toolCalls
    }

    private enum CodingKeys: String, CodingKey {
        case role, content, refusal
        case reasoningContent = "reasoning_content"
        case toolCalls = "tool_calls"
    }
}
