import PagedAPI
import PagedText

extension CompletionRequest {
    /// Checks the fields that only completions have.
    func checkBounds() throws(APIError) {
        try Self.check("logprobs", logprobs)
        try unserved.check(fields)
    }

    /// Checks a number of alternatives to report.
    static func check(_ field: String, _ count: Int?) throws(APIError) {
        let bounds = FieldRule.logprobsBounds
        if let count, !bounds.contains(count) {
            throw .invalid(field, "\(count) is out of range; allowed: \(bounds.words).")
        }
    }
}

extension ChatCompletionRequest {
    /// Whether the model may call tools.
    var asksForCalls: Bool { (tools?.count ?? 0) > 0 && toolChoice != .word("none") }

    /// Whether the model has to call a tool.
    var forcesCalls: Bool {
        switch toolChoice {
        case .word("required"), .named: true
        default: false
        }
    }

    private static let reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh"]

    /// Checks the fields that only chat has.
    func checkBounds(markup: AnswerMarkup?) throws(APIError) {
        try CompletionRequest.check("top_logprobs", topLogprobs)
        if topLogprobs != nil, logprobs != true {
            throw .invalid("top_logprobs", "is only allowed when 'logprobs' is true.")
        }
        try unserved.check(fields)
        try checkToolChoice(markup: markup)
        if asksForCalls, markup == nil {
            throw .invalid(
                "tools",
                """
                cannot be called: the chat template of this model marks calls in no way that is \
                known here; set 'tool_choice' to 'none' to show them to the model all the same.
                """
            )
        }
        if let effort = reasoningEffort, !Self.reasoningEfforts.contains(effort) {
            throw .invalid(
                "reasoning_effort",
                "'\(effort.prefix(40))' is not supported; allowed: "
                    + Self.reasoningEfforts.joined(separator: ", ") + "."
            )
        }
    }

    private func checkToolChoice(markup: AnswerMarkup?) throws(APIError) {
        if case .word(let word)? = toolChoice, !["auto", "none", "required"].contains(word) {
            throw .invalid(
                "tool_choice",
                "'\(word.prefix(40))' is not supported; allowed: auto, none, required, or a tool."
            )
        }
        guard forcesCalls else { return }
        if tools?.count ?? 0 == 0 {
            throw .invalid("tool_choice", "asks for a call, but there are no 'tools'.")
        }
        if markup == .harmony {
            throw .invalid(
                "tool_choice",
                "cannot force a call of this model, which thinks before it calls; allowed: auto, none."
            )
        }
    }
}
