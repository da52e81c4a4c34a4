import ArgumentParser
import Foundation
import PagedModel
import PagedText

/// `paged tokenize`
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show the tokens of a text, or the text of tokens.",
        discussion: """
            Prints a line for each token: its number, and its text as the vocabulary writes it.

            With --json-lines, every line of standard input is a question and gets a line as \
            answer: {"text": "Hi"} becomes {"tokens": [...]}, and {"tokens": [1, 2]} becomes \
            {"text": "...", "pieces": [...]}, with the pieces in which a stream would show it. A \
            question may say "add_special_tokens", "parse_special_tokens" and \
            "skip_special_tokens".
            """
    )

    @Argument(help: "The text.")
    var text: String?

    @Option(help: "A model folder. (default: the built-in model)")
    var model: String?

    @Option(help: "A tokenizer.json, instead of a model folder.")
    var tokenizer: String?

    @Flag(help: "Add what the tokenizer puts around a text, such as a token for its start.")
    var addSpecialTokens = false

    @Flag(help: "Take the text of a special token for that token.")
    var parseSpecialTokens = false

    @Flag(help: "Answer lines of JSON.")
    var jsonLines = false

    func validate() throws {
        guard (text == nil) == jsonLines else {
            throw ValidationError("Give a TEXT, or --json-lines.")
        }
        if model != nil, tokenizer != nil {
            throw ValidationError("--model and --tokenizer exclude each other.")
        }
    }

    func run() throws {
        let tokenizer = try makeTokenizer()
        if let text {
            let tokens = tokenizer.encode(
                text,
                addSpecialTokens: addSpecialTokens,
                parseSpecialTokens: parseSpecialTokens
            )
            for token in tokens { print("\(token)\t\(tokenizer.text(of: token) ?? "")") }
        } else {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            try JSONLines.answer { line in
                let question = try decoder.decode(Question.self, from: Data(line.utf8))
                return question.answer(tokenizer, command: self)
            }
        }
    }

    private func makeTokenizer() throws -> Tokenizer {
        if let tokenizer { return try ModelFolder.makeTokenizer(path: tokenizer) }
        return try ModelFolder(path: model ?? BuiltInModel.path()).makeTokenizer()
    }
}

/// A line of `--json-lines`.
private struct Question: Decodable {
    let text: String?
    let tokens: [Int32]?
    let addSpecialTokens: Bool?
    let parseSpecialTokens: Bool?
    let skipSpecialTokens: Bool?

    struct Answer: Encodable {
        var tokens: [Int32]?
        var text: String?
        var pieces: [String]?
    }

    func answer(_ tokenizer: Tokenizer, command: TokenizeCommand) -> Answer {
        var answer = Answer()
        if let text {
            answer.tokens = tokenizer.encode(
                text,
                addSpecialTokens: addSpecialTokens ?? command.addSpecialTokens,
                parseSpecialTokens: parseSpecialTokens ?? command.parseSpecialTokens
            )
        }
        if let tokens {
            let skips = skipSpecialTokens ?? true
            var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: skips)
            answer.pieces = tokens.map { decoder.append($0) } + [decoder.finish()]
            answer.text = tokenizer.decode(tokens, skipSpecialTokens: skips)
        }
        return answer
    }
}
