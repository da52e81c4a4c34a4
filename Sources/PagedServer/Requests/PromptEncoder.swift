import PagedEngine
import HTTPTypes
import PagedAPI
import PagedText

/// Turns the prompts of requests into tokens.
///
/// Runs in the ``PreparationQueue``, never on an event loop or the engine's thread.
struct PromptEncoder: Sendable {
    let model: ServedModel

    /// The prompts of a completion request.
    ///
    /// They are raw: special tokens written in them count as special, as in other servers.
    /// Untrusted text belongs into chat messages.
    func prompts(
        of request: CompletionRequest
    ) throws(APIError) -> [PreparedRequest.Prompt] {
        switch request.prompt {
        case .oversized(let count):
            throw Self.batchSize(count)
        case .tooLong(let count):
            throw .contextLengthExceeded(
                param: "prompt",
                prompt: count,
                output: request.fields.maxTokens ?? 1,
                limit: model.maximumSequenceLength
            )
        case .texts(let texts):
            try checkCount(texts.count)
            return try texts.map { text throws(APIError) in
                try checkSize(text, "prompt")
                let tokens = model.tokenizer.encode(
                    text,
                    addSpecialTokens: true,
                    parseSpecialTokens: true
                )
                return .init(tokens: tokens, echo: request.echo == true ? text : nil)
            }
        case .tokens(let batch):
            try checkCount(batch.count)
            return try batch.map { tokens throws(APIError) in
                let tokens = try checked(tokens, "prompt")
                let echo = request.echo == true
                return .init(
                    tokens: tokens,
                    echo: echo ? model.tokenizer.decode(tokens, skipSpecialTokens: true) : nil
                )
            }
        }
    }

    /// The prompt of a conversation: the template's special tokens are special, those that people
    /// typed are text.
    func prompt(
        of request: ChatCompletionRequest,
        body: [UInt8]
    ) throws(APIError) -> PreparedRequest.Prompt {
        let rendered = try rendered(request, body: body)
        return .init(
            tokens: model.tokenizer.encode(rendered),
            echo: nil,
            endsInThought: rendered.endsInThought
        )
    }

    /// A conversation as the template writes it, up to where the model would go on: after what precedes an
    /// answer, or within the last message.
    func rendered(
        _ request: ChatCompletionRequest,
        body: [UInt8]
    ) throws(APIError) -> RenderedPrompt {
        guard let template = model.chatTemplate else {
            throw APIError(
                status: .badRequest,
                message: "This model has no chat template; use /v1/completions.",
                code: "no_chat_template"
            )
        }
        let inputs = try TemplateInputs(request, body: body)
        let conversation = try ChatConversation.messages(request.messages, inputs)
        for message in conversation { try checkSize(message.content, "messages") }
        let variables = try inputs.variables()
        let continues = request.continueFinalMessage ?? false
        if continues, request.addGenerationPrompt == true {
            throw .invalid(
                "continue_final_message",
                "is not allowed together with 'add_generation_prompt'."
            )
        }
        let rendered: RenderedPrompt
        do {
            rendered = try template.render(
                conversation,
                addGenerationPrompt: request.addGenerationPrompt ?? !continues,
                variables: variables
            )
        } catch {
            throw .invalid("messages", "the chat template refuses them: \(error.message)")
        }
        guard continues else { return rendered }
        guard let open = rendered.ending(within: conversation.last?.content ?? "") else {
            throw .invalid(
                "continue_final_message",
                "is not possible: the chat template does not end with the last message's text."
            )
        }
        return open
    }

    private func checkCount(_ count: Int) throws(APIError) {
        guard count > 0 else { throw .invalid("prompt", "is empty; at least one is required.") }
        guard (1...CompletionPrompt.decodingLimit).contains(count) else {
            throw Self.batchSize(count)
        }
    }

    private static func batchSize(_ count: Int) -> APIError {
        .invalid(
            "prompt",
            "has \(count) prompts; allowed: from 1 to \(CompletionPrompt.decodingLimit)."
        )
    }

    /// Refuses a text that is far too long before the work of tokenising it.
    ///
    /// The factor leaves room for tokenizers that drop or merge characters first.
    private func checkSize(_ text: String, _ param: String) throws(APIError) {
        let limit = model.maximumSequenceLength
        let bytes = text.utf8.count
        guard bytes / 4 > limit * model.tokenTexts.longest else { return }
        throw .invalid(
            param,
            """
            a text of \(bytes) bytes is at least \(bytes / 4 / model.tokenTexts.longest) tokens; \
            this model's maximum context length is \(limit) tokens.
            """,
            code: "context_length_exceeded"
        )
    }

    /// Refuses numbers that are no tokens.
    func checked(_ tokens: [Int], _ param: String) throws(APIError) -> [Int32] {
        let size = model.generator.model.vocabularySize
        if let index = tokens.firstIndex(where: { !(0..<size).contains($0) }) {
            throw .invalid(
                param,
                "\(tokens[index]) at \(index) is not a token; allowed: from 0 to \(size - 1)."
            )
        }
        return tokens.map { Int32($0) }
    }
}
