import PagedSampling
import PagedEngine
import PagedAPI

/// Writes `text_completion` objects.
struct CompletionFormat: AnswerFormat {
    let header: AnswerHeader
    let tokenText: TokenText
    let request: PreparedRequest
    /// Where the output of each prompt's choices starts in their text, in Unicode scalars.
    private let outputOffsets: [Int]

    init(header: AnswerHeader, tokenText: TokenText, request: PreparedRequest) {
        self.header = header
        self.tokenText = tokenText
        self.request = request
        outputOffsets = request.prompts.map { $0.echo?.unicodeScalars.count ?? 0 }
    }

    func opening(choice: Int, prompt: [ScoredToken]) -> Completion? {
        request.prompt(ofChoice: choice).echo.map {
            chunk(index: choice, text: $0, logprobs: echoLogprobs(prompt, choice: choice))
        }
    }

    func delta(_ piece: TextPiece, choice: Int) -> Completion {
        chunk(index: choice, text: piece.text, logprobs: logprobs(piece, choice: choice))
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
                    text: (request.prompt(ofChoice: index).echo ?? "") + choice.piece.text,
                    index: index,
                    logprobs: logprobs(choice, index: index),
                    finishReason: choice.finishReason,
                    promptLogprobs: request.promptLogprobs.map {
                        tokenText.promptLogprobs(choice.prompt, best: $0)
                    }
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

    /// Of the prompt, where it is echoed, and of the output.
    private func logprobs(_ choice: CollectedChoice, index: Int) -> CompletionLogprobs? {
        guard let output = logprobs(choice.piece, choice: index) else { return nil }
        var logprobs = echoLogprobs(choice.prompt, choice: index) ?? CompletionLogprobs()
        logprobs += output
        return logprobs
    }

    private func echoLogprobs(_ scored: [ScoredToken], choice: Int) -> CompletionLogprobs? {
        request.echoLogprobs.map {
            tokenText.echoLogprobs(
                request.prompt(ofChoice: choice).tokens,
                scored,
                best: $0,
                length: outputOffsets[choice / request.choicesPerPrompt]
            )
        }
    }

    private func logprobs(_ piece: TextPiece, choice: Int) -> CompletionLogprobs? {
        guard request.reportsLogprobs else { return nil }
        let start = outputOffsets[choice / request.choicesPerPrompt]
        var logprobs = CompletionLogprobs()
        for item in piece.tokens {
            tokenText.append(
                item.token.token,
                item.token.logprob,
                item.token.topLogprobs[...],
                offset: start + item.offset,
                to: &logprobs
            )
        }
        return logprobs
    }
}
