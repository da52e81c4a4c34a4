import PagedEngine
import PagedServer
import PagedText

/// A conversation in the terminal that remembers what was said.
struct ChatSession {
    private let generator: TerminalGenerator
    private var messages: [ChatMessage] = []

    init(generator: TerminalGenerator) {
        self.generator = generator
    }

    /// Adds a message of the user and lets the model answer; an error takes the message back.
    mutating func say(_ text: String) async throws {
        guard let template = generator.model.chatTemplate else { return }
        let message = ChatMessage(role: "user", content: text)
        let prompt: RenderedPrompt
        do {
            prompt = try template.render(messages + [message], addGenerationPrompt: true)
        } catch {
            throw CommandError("the chat template refuses the messages: \(error.message)")
        }
        let tokens = generator.model.tokenizer.encode(prompt)
        let limit = generator.model.maximumSequenceLength
        if !messages.isEmpty, tokens.count >= limit {
            throw CommandError(
                "the context is full (\(tokens.count) of \(limit) tokens); "
                    + "/clear forgets the conversation"
            )
        }
        let answer = try await generator.generate(tokens)
        messages += [message, ChatMessage(role: "assistant", content: answer)]
    }

    /// Reads messages until `/exit` or the end of the input. An error ends one answer, not the
    /// chat.
    mutating func run() async throws {
        Terminal.note("/clear forgets the conversation; /exit or Ctrl-D ends")
        while true {
            Terminal.prompt("> ")
            guard let line = readLine(), line != "/exit" else { return }
            if line.allSatisfy(\.isWhitespace) { continue }
            if line == "/clear" {
                messages = []
                Terminal.note("The conversation is forgotten.")
                continue
            }
            do {
                try await say(line)
            } catch {
                Terminal.note("\(error)")
            }
        }
    }
}
