import PagedAPI
import Testing

@testable import PagedServer

@Suite("Totals of a request")
struct GenerationTotalsTests {
    @Test("The log counts the tokens of choices that never came to their end")
    func unfinished() {
        let request = PreparedRequest(
            prompts: [.init(tokens: [1, 2, 3])],
            choicesPerPrompt: 1,
            generations: [],
            stops: [],
            streams: true,
            includesUsage: false
        )
        let tokens = TokenCount()
        for _ in 0..<5 { tokens.increment() }
        let totals = GenerationTotals(request)
        #expect(totals.counts(tokens).generatedTokens == 5)
        #expect(totals.usage.completionTokens == 0)
    }
}
