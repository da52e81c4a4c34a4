import ArgumentParser
import Foundation
import PagedEngine
import PagedSampling
import PagedServer
import PagedText

/// `paged generate`
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue a prompt in the terminal, streaming.",
        discussion: """
            Standard output gets the generated text and nothing else; progress and tokens per \
            second go to standard error.
            """
    )

    @Argument(help: "The prompt; - reads it from standard input.")
    var prompt: String?

    @Flag(help: "Give the prompt to the model as it is, without the chat template.")
    var raw = false

    @Flag(help: "Chat: read messages line by line; /exit or Ctrl-D ends.")
    var interactive = false

    @Option(
        help: """
            0 takes the most likely token, higher is wilder. The server's default is the model's \
            own, mostly 1.
            """
    )
    var temperature: Float = 0

    @Option(help: "Most tokens to generate. (default: all that fit)")
    var maxTokens: Int?

    @Option(help: "Makes sampling repeatable.")
    var seed: UInt64?

    @Flag(name: .customLong("ignore-eos"), help: "Go on after the end-of-sequence token.")
    var ignoresEnd = false

    @OptionGroup
    var engine: EngineOptions

    func validate() throws {
        guard (0...2).contains(temperature) else {
            throw ValidationError("--temperature \(temperature): must be from 0 to 2.")
        }
        if let maxTokens { try EngineOptions.check("--max-tokens", maxTokens) }
        guard prompt != nil || interactive else {
            throw ValidationError("Give a PROMPT, - for standard input, or --interactive.")
        }
        if raw && interactive {
            throw ValidationError("--raw and --interactive exclude each other.")
        }
    }

    func run() async throws {
        let model = try engine.makeService()
        if !raw && model.chatTemplate == nil {
            throw CommandError("\(model.name) has no chat template; use --raw")
        }
        Terminal.note("\(model.name) is loaded")
        let generator = TerminalGenerator(model: model, makeRequest: request)
        let first = try firstPrompt()
        if let first, raw {
            let tokens = model.tokenizer.encode(
                first,
                addSpecialTokens: true,
                parseSpecialTokens: true
            )
            if tokens.isEmpty { throw CommandError("the prompt is empty") }
            _ = try await generator.generate(tokens)
        } else {
            var chat = ChatSession(generator: generator)
            if let first { try await chat.say(first) }
            if interactive { try await chat.run() }
        }
    }

    private func firstPrompt() throws -> String? {
        guard prompt == "-" else { return prompt }
        if interactive { throw CommandError("- and --interactive both want standard input") }
        let data = try FileHandle.standardInput.readToEnd() ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private func request(_ tokens: [Int32], _ model: ServedModel) throws -> GenerationRequest {
        let limit = model.maximumSequenceLength
        let room = limit - tokens.count
        guard room >= maxTokens ?? 1 else {
            throw CommandError(
                "\(tokens.count) prompt tokens and \(maxTokens ?? 1) new ones exceed \(limit)"
            )
        }
        var request = GenerationRequest(promptTokens: tokens, maximumNewTokens: maxTokens ?? room)
        request.stopTokens = ignoresEnd ? [] : model.generator.model.endOfSequenceTokens
        request.sampling.temperature = temperature
        request.sampling.seed = seed
        return request
    }
}
