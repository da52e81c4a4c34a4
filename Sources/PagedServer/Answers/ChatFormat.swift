import PagedSampling
import PagedEngine
import PagedAPI
import PagedText

/// Writes `chat.completion` and `chat.completion.chunk` objects.
struct ChatFormat: AnswerFormat {
    let header: AnswerHeader
    let tokenText: TokenText
    let request: PreparedRequest

    func opening(choice: Int, prompt: [ScoredToken]) -> ChatCompletionChunk? {
        chunk(ChatChunkChoice(index: choice, delta: ChatDelta(role: "assistant", content: "")))
    }

    func delta(_ piece: TextPiece, choice: Int) -> ChatCompletionChunk {
        chunk(
            ChatChunkChoice(
                index: choice,
                delta: ChatDelta(
                    content: piece.content,
                    reasoningContent: piece.thought.isEmpty ? nil : piece.thought,
                    toolCalls: calls(piece) { $0 }
                ),
                logprobs: logprobs(piece)
            )
        )
    }

    func ending(_ reason: String, choice: Int) -> ChatCompletionChunk {
        chunk(ChatChunkChoice(index: choice, delta: ChatDelta(), finishReason: reason))
    }

    func usage(_ usage: Usage) -> ChatCompletionChunk {
        var last = chunk(nil)
        last.usage = Nullable(usage)
        return last
    }

    func answer(_ choices: [CollectedChoice], usage: Usage) -> ChatCompletion {
        ChatCompletion(
            id: header.id,
            created: header.created,
            model: header.model,
            choices: choices.enumerated().map { index, choice in
                ChatChoice(
                    index: index,
                    message: ChatAnswer(
                        content: choice.piece.content,
                        reasoningContent: choice.piece.thought.isEmpty ? nil : choice.piece.thought,
                        toolCalls: calls(choice.piece) { _ in nil }
                    ),
                    logprobs: logprobs(choice.piece),
                    finishReason: choice.finishReason
                )
            },
            usage: usage,
            promptLogprobs: request.promptLogprobs.map {
                tokenText.promptLogprobs(choices.first?.prompt ?? [], best: $0)
            }
        )
    }

    private func chunk(_ choice: ChatChunkChoice?) -> ChatCompletionChunk {
        ChatCompletionChunk(
            id: header.id,
            created: header.created,
            model: header.model,
            choices: choice.map { [$0] } ?? [],
            usage: header.absentUsage
        )
    }

    private func calls(_ piece: TextPiece, index: (Int) -> Int?) -> [ChatToolCall]? {
        guard !piece.calls.isEmpty else { return nil }
        return piece.calls.map { item in
            ChatToolCall(
                index: index(item.index),
                id: Self.makeCallIdentifier(),
                name: item.call.name,
                arguments: item.call.arguments
            )
        }
    }

    /// Nine letters and digits: Mistral's templates take no other identifiers.
    private static func makeCallIdentifier() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<9).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }

    private func logprobs(_ piece: TextPiece) -> ChatLogprobs? {
        guard request.reportsLogprobs else { return nil }
        return ChatLogprobs(
            content: piece.tokens.map { item in
                ChatTokenLogprob(
                    token: tokenText.text(of: item.token.token),
                    logprob: TokenText.finite(item.token.logprob),
                    bytes: tokenText.bytes(of: item.token.token),
                    topLogprobs: item.token.topLogprobs.map {
                        ChatTopLogprob(
                            token: tokenText.text(of: $0.token),
                            logprob: TokenText.finite($0.logprob),
                            bytes: tokenText.bytes(of: $0.token)
                        )
                    }
                )
            }
        )
    }
}
