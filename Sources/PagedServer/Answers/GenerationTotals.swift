import PagedAPI

/// Adds up what the choices of a request took.
struct GenerationTotals: Sendable {
    private let request: PreparedRequest
    private var cachedTokens = 0
    private var generatedTokens = 0
    private var timeToFirstToken: Duration?
    private var word: String?

    init(_ request: PreparedRequest) {
        self.request = request
    }

    /// A choice has ended. A prompt's cached tokens are those that its first choice found.
    mutating func add(_ ending: ChoiceEnding, choice: Int) {
        generatedTokens += ending.generatedTokens
        if choice.isMultiple(of: request.choicesPerPrompt) { cachedTokens += ending.cachedTokens }
        if let time = ending.timeToFirstToken {
            timeToFirstToken = min(timeToFirstToken ?? time, time)
        }
    }

    /// A word for the log on how a stream ended.
    mutating func note(_ word: String) { self.word = word }

    private var promptTokens: Int { request.prompts.reduce(0) { $0 + $1.tokens.count } }

    /// For the client.
    var usage: Usage {
        Usage(
            promptTokens: promptTokens,
            completionTokens: generatedTokens,
            cachedTokens: cachedTokens
        )
    }

    /// For the log, which wants the tokens of choices that did not come to their end too.
    func counts(_ generated: TokenCount) -> RequestRecord.Counts {
        RequestRecord.Counts(
            promptTokens: promptTokens,
            cachedTokens: cachedTokens,
            generatedTokens: generated.value,
            timeToFirstToken: timeToFirstToken,
            ending: word
        )
    }
}
