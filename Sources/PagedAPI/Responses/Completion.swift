/// The answer to a completion request, and each chunk of a streamed one: they have the same shape.
package struct Completion: Codable, Equatable, Sendable {
    /// The same in all chunks of a stream.
    package var id: String
    /// `text_completion`
    package var object = "text_completion"
    /// Seconds since 1970.
    package var created: Int
    /// The served model.
    package var model: String
    /// The texts, or what is new of them.
    package var choices: [CompletionChoice]
    /// Left out of chunks unless asked for, then null in all but the last.
    package var usage: Nullable<Usage>?

    /// An answer or a chunk.
    package init(
        id: String,
        created: Int,
        model: String,
        choices: [CompletionChoice],
        usage: Nullable<Usage>?
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.choices = choices
        self.usage = usage
    }
}

/// One text of a completion.
package struct CompletionChoice: Codable, Equatable, Sendable {
    /// The text, or what is new of it.
    package var text: String
    /// The prompt's position in the batch times `n`, plus the choice's position.
    package var index: Int
    /// Null unless asked for.
    package var logprobs: Nullable<CompletionLogprobs>
    /// `stop` or `length`; null before the end.
    package var finishReason: Nullable<String>
    /// Of the prompt's tokens, null for the first; left out unless asked for.
    package var promptLogprobs: PromptLogprobs?

    /// A text, or what is new of it.
    package init(
        text: String,
        index: Int,
        logprobs: CompletionLogprobs?,
        finishReason: String?,
        promptLogprobs: PromptLogprobs? = nil
    ) {
        self.text = text
        self.index = index
        self.logprobs = Nullable(logprobs)
        self.finishReason = Nullable(finishReason)
        self.promptLogprobs = promptLogprobs
    }

    private enum CodingKeys: String, CodingKey {
        case text, index, logprobs
        case finishReason = "finish_reason"
        case promptLogprobs = "prompt_logprobs"
    }
}

/// The log-probabilities of a completion: parallel arrays with one element per token.
package struct CompletionLogprobs: Codable, Equatable, Sendable {
    /// The tokens as text.
    package var tokens: [String] = []
    /// Their log-probabilities; null for the first token of a prompt.
    package var tokenLogprobs: [Float?] = []
    /// The most likely tokens at each place, always with the one that is there; null for the first
    /// token of a prompt.
    package var topLogprobs: [[String: Float]?] = []
    /// Where each token starts in the text, in characters (Unicode scalars).
    package var textOffset: [Int] = []

    /// No tokens.
    package init() {}

    /// Adds the tokens that follow.
    package static func += (first: inout CompletionLogprobs, next: CompletionLogprobs) {
        first.tokens += next.tokens
        first.tokenLogprobs += next.tokenLogprobs
        first.topLogprobs += next.topLogprobs
        first.textOffset += next.textOffset
    }

    private enum CodingKeys: String, CodingKey {
        case tokens
        case tokenLogprobs = "token_logprobs"
        case topLogprobs = "top_logprobs"
        case textOffset = "text_offset"
    }
}
