import PagedEngine
import PagedServer
import PagedText

/// Generates in process and writes the text as it comes.
struct TerminalGenerator {
    let model: ServedModel
    /// Makes the engine's request for prompt tokens.
    let makeRequest: ([Int32], ServedModel) throws -> GenerationRequest

    /// Writes the continuation of a prompt to standard output, its measures to standard error, and
    /// returns it.
    func generate(_ tokens: [Int32]) async throws -> String {
        let request = try makeRequest(tokens, model)
        let begin = ContinuousClock.now
        let generation = try model.generator.submit(request)
        var decoder = IncrementalDecoder(
            tokenizer: model.tokenizer,
            skipSpecialTokens: true,
            after: tokens
        )
        var measures = Measures(promptTokens: tokens.count, begin: begin)
        var text = ""
        for await event in generation.events {
            switch event {
            case .admitted(let cachedTokens):
                measures.cachedTokens = cachedTokens
            case .prompt: break
            case .token(let token):
                measures.count(at: .now)
                guard !request.stopTokens.contains(token.token) else { continue }
                let piece = decoder.append(token.token)
                Terminal.write(piece)
                text += piece
            case .finished(.failed(let reason)):
                throw CommandError("generation failed: \(reason)")
            case .finished(let reason):
                measures.ending = "\(reason)"
            }
        }
        let rest = decoder.finish()
        Terminal.write(rest + "\n")
        Terminal.note(measures.line)
        return text + rest
    }
}

/// Counts and times of one generation.
private struct Measures {
    let promptTokens: Int
    let begin: ContinuousClock.Instant
    var cachedTokens = 0
    var ending = ""
    private var newTokens = 0
    private var first: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?

    init(promptTokens: Int, begin: ContinuousClock.Instant) {
        self.promptTokens = promptTokens
        self.begin = begin
    }

    mutating func count(at now: ContinuousClock.Instant) {
        newTokens += 1
        first = first ?? now
        last = now
    }

    /// `[5 prompt tokens, 0 cached; 12 new in 0.31 s, 38.9 tokens/s, first after 18 ms; stop]`
    var line: String {
        let toFirst = (first ?? begin) - begin
        let total = (last ?? begin) - begin
        let rate = Double(newTokens) / max(total / .seconds(1), 1e-6)
        return """
            [\(promptTokens) prompt tokens, \(cachedTokens) cached; \(newTokens) new in \
            \(rounded(total / .seconds(1), 100)) s, \(rounded(rate, 10)) tokens/s, first after \
            \(rounded(toFirst / .milliseconds(1), 1)) ms; \(ending)]
            """
    }

    private func rounded(_ value: Double, _ factor: Double) -> String {
        let text = "\((value * factor).rounded() / factor)"
        return factor == 1 ? String(text.prefix { $0 != "." }) : text
    }
}
