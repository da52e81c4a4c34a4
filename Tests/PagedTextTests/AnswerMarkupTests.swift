import PagedText
import Testing

/// What a model says, in the markup of its family.
@Suite struct AnswerMarkupTests {
    /// The parts of an answer that arrives in pieces of `size` characters, texts put together.
    private func parts(
        _ reader: any AnswerReader,
        _ answer: String,
        size: Int
    ) -> [AnswerPart] {
        var reader = reader
        var rest = Substring(answer)
        var parts: [AnswerPart] = []
        while !rest.isEmpty {
            parts += reader.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return (parts + reader.finish()).reduce(into: []) { joined, part in
            switch (joined.last, part) {
            case (.text(let first)?, .text(let second)):
                joined[joined.count - 1] = .text(first + second)
            case (.thought(let first)?, .thought(let second)):
                joined[joined.count - 1] = .thought(first + second)
            default:
                joined.append(part)
            }
        }
    }

    private static let find = ToolCall(name: "find", arguments: #"{"b": 1, "a": ["é", null]}"#)
    private static func cut(_ arguments: String) -> ToolCall {
        ToolCall(name: "find", arguments: arguments, isWhole: false)
    }
    private static let now = ToolCall(name: "now", arguments: "{}")
    private static let findJSON = #"{"name": "find", "arguments": {"b": 1, "a": ["é", null]}}"#

    static let answers: [(AnswerMarkup, String, [AnswerPart])] = [
        (.hermes, "Hello <b>\n", [.text("Hello <b>\n")]),
        (
            .hermes,
            "Let me see.\n\n<tool_call>\n\(findJSON)\n</tool_call>\n<tool_call>{\"name\":\"now\"}</tool_call>\n",
            [.text("Let me see."), .call(find), .call(now)]
        ),
        (
            .hermes, "<tool_call>{\"name\": 1}</tool_call>x",
            [.text("<tool_call>{\"name\": 1}</tool_call>x")]
        ),
        (.hermes, "<tool_call>\(findJSON)", [.call(find)]),
        (.hermes, "Wait. <tool_call>{\"name\": \"fi", [.text("Wait.")]),
        (
            .hermes, #"<tool_call>{"name": "find", "arguments": {"b": "\" } "#,
            [.call(cut(#"{"b": "\" } "#))]
        ),
        (.hermes, #"<tool_call>{"name": "find", "argu"#, [.call(cut(""))]),
        (.hermes, #"<tool_call>{"arguments": {"b": [1, {"c": 2"#, []),
        (
            .hermes, #"<tool_call>{"name": "find", "arguments": {"b": [1]}"#,
            [.call(ToolCall(name: "find", arguments: #"{"b": [1]}"#))]
        ),
        (.hermes, "<tool_call>\(findJSON)\n</tool_c", [.call(find)]),
        (.hermes, "<tool_call>{name", [.text("<tool_call>{name")]),
        (.hermes, "<tool_call>{\"a\": 1} {\"b\"", [.text("<tool_call>{\"a\": 1} {\"b\"")]),
        (.hermes, "a <tool_cal", [.text("a <tool_cal")]),
        (
            .phi, "<|tool_call|>[\(findJSON), {\"name\":\"now\"}]<|/tool_call|>",
            [.call(find), .call(now)]
        ),
        (.phi, "<|tool_call|>[\(findJSON)]", [.call(find)]),
        (
            .phi, #"<|tool_call|>[{"name":"now"}, {"name": "find", "arguments": {"#,
            [.call(now), .call(cut("{"))]
        ),
        (.mistral, "[TOOL_CALLS] [\(findJSON)]", [.call(find)]),
        (.mistral, "[TOOL_CALLS] none", [.text("[TOOL_CALLS] none")]),
        (.mistral, "[1] and [TOOL", [.text("[1] and [TOOL")]),
        (
            .llama, #"\#n{"name": "find", "parameters": {"b": 1, "a": ["é", null]}}"#,
            [.call(find)]
        ),
        (.llama, #"<|python_tag|>{"name": "now", "parameters": "{}"}"#, [.call(now)]),
        (.llama, #"{"name": "find", "parameters": {"b": 1"#, [.call(cut(#"{"b": 1"#))]),
        (.llama, #"{"name": "Rex", "age""#, [.text(#"{"name": "Rex", "age""#)]),
        (.llama, "{} is no call", [.text("{} is no call")]),
        (.llama, "  Hi {", [.text("  Hi {")]),
        (.llama, " \n", [.text(" \n")]),
        (
            .harmony,
            """
            <|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary \
            to=functions.find <|constrain|>json<|message|>{"b": 1, "a": ["é", null]}<|call|>
            """,
            [.thought("Hm."), .call(find)]
        ),
        (
            .harmony,
            """
            <|channel|>analysis<|message|>Hm.<|end|><|start|>assistant to=functions.now\
            <|channel|>commentary<|message|>{}
            """,
            [.thought("Hm."), .call(now)]
        ),
        (
            .harmony,
            "<|channel|>commentary<|message|>First<|end|><|start|>assistant<|channel|>final<|message|>a <|b",
            [.text("Firsta <|b")]
        ),
        (.harmony, "<|channel|>analysis<|message|>and", [.thought("and")]),
        (.harmony, "<|channel|>ana", []),
        (.harmony, "No channel", [.text("No channel")]),
    ]

    @Test(arguments: answers.indices, [1, 3, 1000])
    func `Calls, thoughts and text are told apart, however they arrive`(index: Int, size: Int) {
        let (markup, answer, expected) = Self.answers[index]
        #expect(parts(markup.makeReader(), answer, size: size) == expected)
    }

    static let thoughts: [(AnswerSyntax.Thoughts, AnswerMarkup?, String, [AnswerPart])] = [
        (
            .marked, nil, "<think>\nHm. \n x\n</think>\n\n4 \n",
            [.thought("Hm. \n x"), .text("4 \n")]
        ),
        (.marked, nil, " \n<think></think>4", [.text("4")]),
        (.marked, nil, " No <think> here</think>", [.text(" No <think> here</think>")]),
        (.marked, nil, " \n", [.text(" \n")]), (.marked, nil, "<thin", [.text("<thin")]),
        (.marked, nil, "<think>Hm </thin", [.thought("Hm </thin")]),
        (.open, nil, "\nHm.\n</think>\n\n4<think>", [.thought("Hm."), .text("4<think>")]),
        (.open, nil, "Hm", [.thought("Hm")]), (.open, nil, "</think> ", []),
        (
            .marked, .hermes, "<think>Hm.</think>\n<tool_call>\(findJSON)</tool_call>",
            [.thought("Hm."), .call(find)]
        ),
        (.open, .llama, "Hm.</think>\n\(findJSON)", [.thought("Hm."), .call(find)]),
        (.none, .hermes, "<think>Hm.</think>4", [.text("<think>Hm.</think>4")]),
    ]

    @Test(arguments: thoughts.indices, [1, 3, 1000])
    func `Thoughts at the beginning are told apart`(index: Int, size: Int) throws {
        let (thoughts, calls, answer, expected) = Self.thoughts[index]
        let syntax = AnswerSyntax(thoughts: thoughts, calls: calls)
        let reader = try #require(syntax.makeReader())
        #expect(parts(reader, answer, size: size) == expected)
    }

    @Test func `A template may open a thought, and nobody else`() throws {
        let template = try ChatTemplate(
            source: "{{ messages[0]['content'] }}{% if open %}a<think>\n{% endif %}",
            bosToken: nil,
            eosToken: nil
        )
        #expect(template.writesThoughts)
        func endsInThought(_ content: String, open: Bool) throws -> Bool {
            try template.render(
                [ChatMessage(role: "user", content: content)],
                addGenerationPrompt: true,
                variables: ["open": .boolean(open)]
            ).endsInThought
        }
        #expect(try endsInThought("a", open: true))
        #expect(try !endsInThought("a", open: false))
        #expect(try !endsInThought("<think>", open: false))
        #expect(try !endsInThought("", open: false))
    }

    @Test func `Text is given out as soon as it can be no marker`() {
        var reader = AnswerMarkup.hermes.makeReader()
        #expect(reader.append("The <to") == [.text("The")])
        #expect(reader.append("p") == [.text(" <top")])
        var whole = AnswerMarkup.llama.makeReader()
        #expect(whole.append("The ") == [.text("The ")])
        #expect(whole.append("{") == [.text("{")])
    }

    @Test func `The template says which markup it is`() throws {
        func markup(_ source: String) throws -> AnswerMarkup? {
            try ChatTemplate(source: source, bosToken: nil, eosToken: nil).markup
        }
        #expect(try markup("{{ '<tool_call>' }}") == .hermes)
        #expect(try markup("{{ '<tool_call><function=x>' }}") == nil)
        #expect(try markup("{{ '<|tool_call|>' }}") == .phi)
        #expect(try markup("{{ '[TOOL_CALLS]' }}") == .mistral)
        #expect(try markup(#"{{ '<|start_header_id|>{"parameters": 1}' }}"#) == .llama)
        #expect(try markup("<|channel|>final<|message|>") == .harmony)
        #expect(try markup("<|im_start|>") == nil)
    }
}
