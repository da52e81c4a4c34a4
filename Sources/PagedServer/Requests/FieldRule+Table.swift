import PagedAPI

extension FieldRule {
    /// Most choices of one request: prompts times `n`.
    static let maximumChoices = CompletionPrompt.decodingLimit
    /// Most log-probabilities of prompts in one answer: some 30 MB of JSON.
    static let maximumPromptLogprobs = 1 << 18
    /// How many alternatives may be reported with a token.
    static let logprobsBounds = Bounds(lowest: 0, highest: 20)

    /// Both names of the wanted number of new tokens.
    static func outputLength(atLeast lowest: Int) -> [FieldRule] {
        let bounds = Bounds(lowest: lowest, highest: .max)
        return [
            FieldRule("max_tokens", bounds) { $0.maxTokens },
            FieldRule("max_completion_tokens", bounds) { $0.maxCompletionTokens },
        ]
    }

    /// The bounds of every field that both kinds of requests have.
    static let table: [FieldRule] = [
        FieldRule("n", Bounds(lowest: 1, highest: 16)) { $0.n },
        FieldRule("min_tokens", Bounds(lowest: 0, highest: .max)) { $0.minTokens },
        FieldRule("temperature", Bounds(lowest: 0.0, highest: 2.0)) { $0.temperature },
        FieldRule("top_p", Bounds(lowest: 0.0, highest: 1.0, excludesLowest: true)) { $0.topP },
        FieldRule("top_k", Bounds(lowest: -1, highest: 1 << 20)) { $0.topK },
        FieldRule("min_p", Bounds(lowest: 0.0, highest: 1.0)) { $0.minP },
        FieldRule("presence_penalty", Bounds(lowest: -2.0, highest: 2.0)) { $0.presencePenalty },
        FieldRule("frequency_penalty", Bounds(lowest: -2.0, highest: 2.0)) {
            $0.frequencyPenalty
        },
        FieldRule(
            "repetition_penalty",
            Bounds(lowest: 0.0, highest: 10.0, excludesLowest: true)
        ) { $0.repetitionPenalty },
        FieldRule("prompt_logprobs", logprobsBounds) { $0.promptLogprobs },
        FieldRule("prompt_logprobs") { fields in
            fields.promptLogprobs != nil && fields.stream == true
                ? "is not available when 'stream' is true." : nil
        },
        FieldRule("stop") { $0.stop.flatMap(stopProblem) },
        FieldRule("logit_bias") { $0.logitBias.flatMap(biasProblem) },
        FieldRule("cache_salt") { fields in
            fields.cacheSalt.flatMap {
                (1...256).contains($0.utf8.count)
                    ? nil : "has \($0.utf8.count) bytes; allowed: from 1 to 256."
            }
        },
        FieldRule("stream_options") { fields in
            fields.streamOptions != nil && fields.stream != true
                ? "is only allowed when 'stream' is true." : nil
        },
        FieldRule("stream_options.continuous_usage_stats") { fields in
            fields.streamOptions?.continuousUsageStats == true
                ? "is not supported; allowed: false." : nil
        },
    ]

    private static func stopProblem(_ stop: StopStrings) -> String? {
        if stop.count > 16 { return tooMany(stop.count, 16, "strings") }
        if stop.strings.contains("") { return "holds an empty string; none may be empty." }
        if let long = stop.strings.first(where: { $0.utf8.count > 256 }) {
            return "holds a string of \(long.utf8.count) bytes; allowed: at most 256."
        }
        return nil
    }

    private static func biasProblem(_ bias: LogitBias) -> String? {
        let limit = LogitBias.decodingLimit
        if bias.count > limit { return tooMany(bias.count, limit, "entries") }
        for (key, value) in bias.entries where !(-100...100).contains(value) {
            return
                "\(value) for token '\(key.prefix(40))' is out of range; allowed: from -100 to 100."
        }
        return nil
    }

    private static func tooMany(_ count: Int, _ limit: Int, _ things: String) -> String {
        "has \(count) \(things); allowed: at most \(limit)."
    }
}
