/// One event of a streamed chat answer.
package struct ChatCompletionChunk: Codable, Equatable, Sendable {
    /// The same in all chunks of a stream.
    package var id: String
    /// `chat.completion.chunk`
    package var object = "chat.completion.chunk"
    /// Seconds since 1970.
    package var created: Int
    /// The served model.
    package var model: String
    /// What is new; empty in the chunk that holds the usage.
    package var choices: [ChatChunkChoice]
    /// Left out unless asked for, then null in all but the last chunk.
    package var usage: Nullable<Usage>?

    /// A chunk.
    package init(
        id: String,
        created: Int,
        model: String,
        choices: [ChatChunkChoice],
        usage: Nullable<Usage>?
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.choices = choices
        self.usage = usage
    }
}

/// What is new of one answer.
package struct ChatChunkChoice: Codable, Equatable, Sendable {
    /// Position among the choices.
    package var index: Int
    /// What is new.
    package var delta: ChatDelta
    /// Null unless asked for.
    package var logprobs: Nullable<ChatLogprobs>
    /// `stop`, `length` or `tool_calls`; null before the end.
    package var finishReason: Nullable<String>

    /// What is new of one answer.
    package init(
        index: Int,
        delta: ChatDelta,
        logprobs: ChatLogprobs? = nil,
        finishReason: String? = nil
    ) {
        self.index = index
        self.delta = delta
        self.logprobs = Nullable(logprobs)
        self.finishReason = Nullable(finishReason)
    }

    private enum CodingKeys: String, CodingKey {
        case index, delta, logprobs
        case finishReason = "finish_reason"
    }
}

/// The new part of a message: role and empty content first, then what it says, then nothing.
package struct ChatDelta: Codable, Equatable, Sendable {
    /// `assistant` in the first chunk.
    package var role: String?
    /// Text to append.
    package var content: String?
    /// Thoughts to append.
    package var reasoningContent: String?
    /// New calls, each whole.
    package var toolCalls: [ChatToolCall]?

    /// A delta.
    package init(
        role: String? = nil,
        content: String? = nil,
        reasoningContent: String? = nil,
        toolCalls: [ChatToolCall]? = nil
    ) {
        self.role = role
        self.content = content
        self.reasoningContent = reasoningContent
        self.toolCalls = toolCalls
    }

    private enum CodingKeys: String, CodingKey {
        case role, content
        case reasoningContent = "reasoning_content"
        case toolCalls = "tool_calls"
    }
}
