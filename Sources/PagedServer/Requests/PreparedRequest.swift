import PagedSampling
import PagedAPI
import PagedEngine
import PagedText

/// A checked request in the engine's terms.
struct PreparedRequest: Sendable {
    /// One prompt of the batch.
    struct Prompt: Sendable {
        var tokens: [Int32]
        /// What the answer repeats in front of the output.
        var echo: String?
        /// Whether the output begins within a thought.
        var endsInThought = false
    }

    let prompts: [Prompt]
    /// `n`: the choices of the first prompt come first.
    let choicesPerPrompt: Int
    /// One per choice, each with the strings that end it.
    let generations: [GenerationRequest]
    let stops: [String]
    /// How many alternatives are reported with each token of an echoed prompt; nil for none.
    let echoLogprobs: Int?
    /// The same for `prompt_logprobs`.
    let promptLogprobs: Int?
    let textOptions: TextOptions
    /// What the output holds besides text.
    var syntax = AnswerSyntax()
    let streams: Bool
    /// Whether a stream ends with the usage.
    let includesUsage: Bool

    /// The prompt of a choice.
    func prompt(ofChoice choice: Int) -> Prompt { prompts[choice / choicesPerPrompt] }

    /// Whether log-probabilities of new tokens are reported.
    var reportsLogprobs: Bool { generations.first?.sampling.logprobs != nil }

    /// Whether log-probabilities of prompts are reported; the first choice of each prompt gets them.
    var scoresPrompts: Bool { echoLogprobs != nil || promptLogprobs != nil }
}

/// Makes the engine's requests: one per prompt and choice.
struct RequestBuilder: Sendable {
    let model: ServedModel
    /// From the API key.
    let tenantSalt: [UInt8]
    /// The field that holds the prompt, for error messages.
    let promptField: String

    /// Checks the prompts' lengths and spreads the fields over the choices.
    ///
    /// Without a wish for a length, an output gets `defaultOutput` tokens or, with nil, all that
    /// fits.
    func build(
        _ prompts: [PreparedRequest.Prompt],
        _ fields: GenerationFields,
        logprobs: Int?,
        echoLogprobs: Int? = nil,
        defaultOutput: Int?,
        form: OutputForm? = nil
    ) throws(APIError) -> PreparedRequest {
        let description = model.generator.model
        var sampling = try fields.sampling(
            defaults: model.defaults,
            vocabularySize: description.vocabularySize
        )
        sampling.logprobs = logprobs
        let stopTokens = try fields.stopTokens(of: description)
        let constraint = form?.constraint(model, stopTokens: stopTokens)
        let minimum = fields.minTokens.map { MinimumLength($0, stopTokens: stopTokens) }
        let salt = tenantSalt + (fields.cacheSalt.map { [0] + Array($0.utf8) } ?? [])
        let choices = fields.n ?? 1
        let most = min(FieldRule.maximumChoices, model.maximumRequests ?? .max)
        guard prompts.count * choices <= most else {
            throw .invalid(
                promptField,
                """
                \(prompts.count) prompts with n = \(choices) make \(prompts.count * choices) \
                choices; allowed: at most \(most).
                """
            )
        }
        let promptLogprobs = [echoLogprobs, fields.promptLogprobs].compactMap { $0 }.max()
        var generations: [GenerationRequest] = []
        let limit = model.maximumSequenceLength
        for prompt in prompts {
            var request = GenerationRequest(
                promptTokens: prompt.tokens,
                maximumNewTokens: try outputLength(prompt, fields, limit, defaultOutput)
            )
            request.stopTokens = stopTokens
            request.cacheSalt = salt
            request.constraint = constraint ?? minimum
            guard fields.minTokens ?? 0 <= request.maximumNewTokens else {
                throw .invalid(
                    "min_tokens",
                    "\(fields.minTokens ?? 0) is out of range; allowed: at most \(request.maximumNewTokens), "
                        + "the most tokens of this output."
                )
            }
            for choice in 0..<choices {
                request.sampling = sampling
                request.sampling.seed = sampling.seed.map { $0 &+ UInt64(choice) }
                request.promptLogprobs = choice == 0 ? promptLogprobs : nil
                generations.append(request)
            }
        }
        try checkPromptLogprobs(prompts, choices, echoLogprobs, fields.promptLogprobs)
        return PreparedRequest(
            prompts: prompts,
            choicesPerPrompt: choices,
            generations: generations,
            stops: fields.stop?.strings ?? [],
            echoLogprobs: echoLogprobs,
            promptLogprobs: fields.promptLogprobs,
            textOptions: TextOptions(fields),
            streams: fields.stream ?? false,
            includesUsage: fields.streamOptions?.includeUsage ?? false
        )
    }

    /// Bounds what the answer holds: each choice repeats the log-probabilities of its prompt.
    private func checkPromptLogprobs(
        _ prompts: [PreparedRequest.Prompt],
        _ choices: Int,
        _ echoLogprobs: Int?,
        _ promptLogprobs: Int?
    ) throws(APIError) {
        let each = (echoLogprobs.map { $0 + 1 } ?? 0) + (promptLogprobs.map { $0 + 1 } ?? 0)
        let tokens = prompts.reduce(0) { $0 + $1.tokens.count } * choices
        let most = FieldRule.maximumPromptLogprobs
        guard tokens * each > most else { return }
        throw .invalid(
            promptLogprobs == nil ? "logprobs" : "prompt_logprobs",
            """
            \(each) log-probabilities for each of \(tokens) prompt tokens in all choices make \
            \(tokens * each); allowed: at most \(most).
            """
        )
    }

    private func outputLength(
        _ prompt: PreparedRequest.Prompt,
        _ fields: GenerationFields,
        _ limit: Int,
        _ defaultOutput: Int?
    ) throws(APIError) -> Int {
        let wanted = fields.maxCompletionTokens ?? fields.maxTokens
        let room = limit - prompt.tokens.count
        guard !prompt.tokens.isEmpty else {
            throw .invalid(promptField, "is empty; at least one token is required.")
        }
        guard room >= min(wanted ?? 1, 1) else {
            throw .contextLengthExceeded(
                param: promptField,
                prompt: prompt.tokens.count,
                output: wanted ?? 1,
                limit: limit
            )
        }
        guard let wanted else { return min(defaultOutput ?? room, room) }
        guard wanted <= room else {
            throw .contextLengthExceeded(
                param: fields.maxCompletionTokens == nil ? "max_tokens" : "max_completion_tokens",
                prompt: prompt.tokens.count,
                output: wanted,
                limit: limit
            )
        }
        return wanted
    }
}
