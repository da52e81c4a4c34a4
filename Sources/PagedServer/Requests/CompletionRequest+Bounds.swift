import PagedAPI
import PagedText

extension CompletionRequest {
    /// Checks the fields that only completions have.
    func checkBounds() throws(APIError) {
        try Self.check("logprobs", logprobs)
        if let bestOf, bestOf != fields.n ?? 1 {
            throw .invalid("best_of", "\(bestOf) is not supported; allowed: the value of 'n'.")
        }
        if let suffix, !suffix.isEmpty {
            throw .invalid("suffix", "is not supported; leave it out.")
        }
        if echo == true, logprobs != nil {
            throw .invalid("echo", "is not supported together with 'logprobs'.")
        }
    }

    /// Checks a number of alternatives to report.
    static func check(_ field: String, _ count: Int?) throws(APIError) {
        let bounds = Bounds(lowest: 0, highest: 20)
        if let count, !bounds.contains(count) {
            throw .invalid(field, "\(count) is out of range; allowed: \(bounds.words).")
        }
    }
}

extension ChatCompletionRequest {
    /// Whether the model may call tools.
    var asksForCalls: Bool { (tools?.count ?? 0) > 0 && toolChoice != .word("none") }

    private static let reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh"]

    /// Checks the fields that only chat has.
    func checkBounds(markup: AnswerMarkup?) throws(APIError) {
        try CompletionRequest.check("top_logprobs", topLogprobs)
        if topLogprobs != nil, logprobs != true {
            throw .invalid("top_logprobs", "is only allowed when 'logprobs' is true.")
        }
        if let type = responseFormat?.type, type != "text" {
            throw .invalid(
                "response_format.type",
                "'\(type.prefix(40))' is not supported; allowed: text."
            )
        }
        switch toolChoice {
        case nil, .word("auto"), .word("none"):
            break
        case let choice?:
            throw .invalid(
                "tool_choice",
                """
                \(choice.shown) is not supported, because no output can be forced; allowed: \
                auto, none.
                """
            )
        }
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
}

extension ToolChoice {
    /// For an error message.
    fileprivate var shown: String {
        switch self {
        case .word(let word): "'\(word.prefix(40))'"
        case .named: "a named tool"
        }
    }
}
