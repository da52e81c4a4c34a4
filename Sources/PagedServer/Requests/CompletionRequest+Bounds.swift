import PagedAPI

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
    private static let reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh"]

    /// Checks the fields that only chat has.
    func checkBounds() throws(APIError) {
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
        if let tools, tools.count > 0, toolChoice != .word("none") {
            throw .invalid(
                "tools",
                """
                with calls are not supported; leave them out, or set 'tool_choice' to 'none' to \
                show them to the model all the same.
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
