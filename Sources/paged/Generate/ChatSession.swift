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

    /// Adds a message of the user and lets the model answer.
    mutating func say(_ text: String) async throws {
        guard let template = generator.model.chatTemplate else { return }
        messages.append(ChatMessage(role: "user", content: text))
        let prompt = try template.render(messages, addGenerationPrompt: true)
        let answer = try await generator.generate(generator.model.tokenizer.encode(prompt))
        messages.append(ChatMessage(role: "assistant", content: answer))
    }

    /// Reads messages until `/exit` or the end of the input. An error ends one answer, not the
    /// chat.
    mutating func run() async throws {
        while true {
            Terminal.note("> (/exit or Ctrl-D ends)")
            guard let line = readLine(), line != "/exit" else { return }
            if line.allSatisfy(\.isWhitespace) { continue }
            do {
                try await say(line)
            } catch {
                messages.removeLast()
                Terminal.note("\(error)")
            }
        }
    }
}
