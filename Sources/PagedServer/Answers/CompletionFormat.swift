import PagedSampling
import PagedEngine
import PagedAPI

/// Writes `text_completion` objects.
struct CompletionFormat: AnswerFormat {
    let header: AnswerHeader
    /// Nil when log-probabilities were not asked for.
    let tokenText: TokenText?
    /// The prompt in front of each choice's text, for requests with `echo`.
    let echoes: [String?]

    func opening(choice: Int) -> Completion? {
        echoes[choice].map { chunk(index: choice, text: $0) }
    }

    func delta(_ piece: TextPiece, choice: Int) -> Completion {
        chunk(index: choice, text: piece.text, logprobs: logprobs(piece))
    }

    func ending(_ reason: String, choice: Int) -> Completion {
        chunk(index: choice, text: "", finishReason: reason)
    }

    func usage(_ usage: Usage) -> Completion {
        completion([], usage: Nullable(usage))
    }

    func answer(_ choices: [CollectedChoice], usage: Usage) -> Completion {
        completion(
            choices.enumerated().map { index, choice in
                CompletionChoice(
                    text: (echoes[index] ?? "") + choice.piece.text,
                    index: index,
                    logprobs: logprobs(choice.piece),
                    finishReason: choice.finishReason
                )
            },
            usage: Nullable(usage)
        )
    }

    private func chunk(
        index: Int,
        text: String,
        logprobs: CompletionLogprobs? = nil,
        finishReason: String? = nil
    ) -> Completion {
        let choice = CompletionChoice(
            text: text,
            index: index,
            logprobs: logprobs,
            finishReason: finishReason
        )
        return completion([choice], usage: header.absentUsage)
    }

    private func completion(
        _ choices: [CompletionChoice],
        usage: Nullable<Usage>?
    ) -> Completion {
        Completion(
            id: header.id,
            created: header.created,
            model: header.model,
            choices: choices,
            usage: usage
        )
    }

    private func logprobs(_ piece: TextPiece) -> CompletionLogprobs? {
        guard let tokenText else { return nil }
        var logprobs = CompletionLogprobs()
        for item in piece.tokens {
            let name = tokenText.text(of: item.token.token)
            var top = item.token.topLogprobs.reduce(into: [String: Float]()) {
                $0[tokenText.text(of: $1.token)] = TokenText.finite($1.logprob)
            }
            top[name] = TokenText.finite(item.token.logprob)
            logprobs.tokens.append(name)
            logprobs.tokenLogprobs.append(TokenText.finite(item.token.logprob))
            logprobs.topLogprobs.append(top)
            logprobs.textOffset.append(item.offset)
        }
        return logprobs
    }
}
