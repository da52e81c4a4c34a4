import Foundation
import PagedText
import Testing

/// Compares with what Jinja2 rendered: Scripts/make-template-fixtures.py.
@Suite struct ChatTemplateFixtureTests {
    init() { setenv("TZ", "UTC", 1) }

    @Test(arguments: ["chatml", "llama", "mistral", "gemma", "phi", "qwen", "macros"])
    func `A family's template renders every chat as Jinja2 does`(name: String) throws {
        let file = try Fixture.json("templates/\(name).json")
        let shared = try Fixture.json("templates/chats.json")
        let source = try #require(file["template"]?.string)
        let template = try ChatTemplate(source: source, bosToken: "<s>", eosToken: "</s>")
        let cases = file["cases"]?.array ?? []
        #expect(cases.count == 66)
        for entry in cases {
            let chat = try #require(entry["chat"]?.string)
            let variables = try #require(entry["variables"]?.string)
            let result = rendered(
                template,
                try #require(shared["chats"]?[chat]?.array),
                variables: shared["variables"]?[variables]?.members ?? [:],
                prompt: entry["prompt"]?.boolean ?? false,
                time: file["time"]?.integer
            )
            check(result, entry, "\(name), \(chat), \(variables)")
        }
    }

    @Test func `Snippets of the language render as Jinja2 does`() throws {
        let file = try Fixture.json("templates/snippets.json")
        let cases = file["cases"]?.array ?? []
        #expect(cases.count > 400)
        for entry in cases {
            let source = try #require(entry["template"]?.string)
            let result: Result<String, TemplateError>
            do {
                let template = try ChatTemplate(source: source, bosToken: "<s>", eosToken: "</s>")
                result = rendered(
                    template,
                    [],
                    variables: file["variables"]?.members ?? [:],
                    prompt: false,
                    time: file["time"]?.integer
                )
            } catch {
                result = .failure(error)
            }
            check(result, entry, source)
        }
    }

    @Test func `An exported model folder's template and tokenizer work together`() throws {
        let folder = "llama-paged-fp16"
        let source = String(
            decoding: try Fixture.data("\(folder)/chat_template.jinja"),
            as: UTF8.self
        )
        let tokenizer = try Tokenizer(json: try Fixture.data("\(folder)/tokenizer.json"))
        let template = try ChatTemplate(source: source, bosToken: nil, eosToken: "<|im_end|>")
        let prompt = try template.render(
            [ChatMessage(role: "user", content: " Hi <|im_end|> ")],
            addGenerationPrompt: true
        )
        #expect(
            prompt.text
                == "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n"
        )
        let tokens = tokenizer.encode(prompt)
        #expect(tokens.filter { $0 < 3 } == [1, 2, 1])
        #expect(tokenizer.decode(tokens, skipSpecialTokens: false) == prompt.text)
    }

    private func rendered(
        _ template: ChatTemplate,
        _ messages: [TemplateValue],
        variables: [String: TemplateValue],
        prompt: Bool,
        time: Int?
    ) -> Result<String, TemplateError> {
        let messages = messages.map {
            ChatMessage(role: $0["role"]?.string ?? "", content: "", fields: $0.members)
        }
        do {
            return .success(
                try template.render(
                    messages,
                    addGenerationPrompt: prompt,
                    variables: variables,
                    time: time
                ).text
            )
        } catch {
            return .failure(error)
        }
    }

    private func check(
        _ result: Result<String, TemplateError>,
        _ entry: TemplateValue,
        _ what: String
    ) {
        switch (result, entry["expected"]?.string) {
        case (.success(let text), let expected?):
            #expect(Array(text.utf8) == Array(expected.utf8), "\(what): \(text)")
        case (.failure, nil): break
        case (.success(let text), nil):
            Issue.record("\(what) gives \(text), Jinja2 fails: \(entry["fails"]?.string ?? "")")
        case (.failure(let error), let expected?):
            Issue.record("\(what) fails: \(error.message), Jinja2 gives \(expected)")
        }
    }
}
