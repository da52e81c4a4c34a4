/// How models of a family mark calls of tools, and thoughts, in what they say.
package enum AnswerMarkup: Sendable, CaseIterable {
    /// `<tool_call>{"name": ..., "arguments": ...}</tool_call>`: Hermes, Qwen, SmolLM3.
    case hermes
    /// `<|tool_call|>[{...}]<|/tool_call|>`: Phi-4-mini; Granite, which leaves the end out.
    case phi
    /// `[TOOL_CALLS][{...}]`: Mistral.
    case mistral
    /// `{"name": ..., "parameters": ...}` and nothing else: Llama 3.
    case llama
    /// Channels for thoughts, calls and the answer: gpt-oss.
    case harmony

    /// The markup that a chat template speaks of; nil if it is none of these.
    init?(template source: String) {
        // In Qwen3-Coder's form, `<function=name>` is inside the tags instead of JSON.
        let forms: [(Self, contains: [String], lacks: String?)] = [
            (.harmony, ["<|channel|>", "<|message|>"], nil),
            (.phi, ["<|tool_call|>"], nil),
            (.mistral, ["[TOOL_CALLS]"], nil),
            (.hermes, ["<tool_call>"], "<function="),
            (.llama, ["<|start_header_id|>", "\"parameters\""], nil),
        ]
        let form = forms.first { form in
            form.contains.allSatisfy { source.contains($0) }
                && !(form.lacks.map { source.contains($0) } ?? false)
        }
        guard let form else { return nil }
        self = form.0
    }

    /// The special tokens that it is made of.
    package var markers: [String] {
        switch self {
        case .hermes: ["<tool_call>", "</tool_call>"]
        case .phi: ["<|tool_call|>", "<|/tool_call|>"]
        case .mistral: ["[TOOL_CALLS]"]
        case .llama: ["<|python_tag|>"]
        case .harmony: ChannelReader.markers
        }
    }

    /// Whether answers have it even when there are no tools.
    package var isInEveryAnswer: Bool { self == .harmony }

    /// A reader of one answer.
    package func makeReader() -> any AnswerReader {
        switch self {
        case .hermes, .phi: TaggedCallReader(opening: markers[0], closing: markers[1])
        case .mistral: TaggedCallReader(opening: markers[0], closing: nil)
        case .llama: WholeAnswerReader(prefix: markers[0])
        case .harmony: ChannelReader()
        }
    }
}

/// Reads the text of one answer as it grows. What cannot be read as a call stays text; of a call that ends too early
/// there is what it has of arguments.
package protocol AnswerReader: Sendable {
    /// Takes more text; returns what is certain now.
    mutating func append(_ text: String) -> [AnswerPart]
    /// There is no more text: returns what was held back.
    mutating func finish() -> [AnswerPart]
}

/// Something that an answer says.
package enum AnswerPart: Sendable, Equatable {
    /// For the user.
    case text(String)
    /// What the model thought before.
    case thought(String)
    /// A tool to be called.
    case call(ToolCall)
}
