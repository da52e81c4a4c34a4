import ArgumentParser
import Foundation
import PagedModel
import PagedText

/// `paged render`
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Show the prompt that a chat template makes of a chat.",
        discussion: """
            A chat is JSON like the body of /v1/chat/completions: "messages", and if wanted \
            "tools", "chat_template_kwargs", "add_generation_prompt" (default: true) and "time" \
            (seconds since 1970, for templates that write the date).

            With --json-lines, every line of standard input is a chat and gets {"text": "..."} or \
            {"error": "..."} as answer.
            """
    )

    @Argument(help: "The file of the chat; - reads it from standard input.")
    var chat: String?

    @Option(help: "A model folder. (default: the built-in model)")
    var model: String?

    @Option(help: "A file with a chat template, instead of a model folder.")
    var template: String?

    @Option(help: "The text of bos_token, with --template.")
    var bosToken: String?

    @Option(help: "The text of eos_token, with --template.")
    var eosToken: String?

    @Flag(help: "Answer lines of JSON.")
    var jsonLines = false

    func validate() throws {
        guard (chat == nil) == jsonLines else {
            throw ValidationError("Name the file of a CHAT, or give --json-lines.")
        }
        if model != nil, template != nil {
            throw ValidationError("--model and --template exclude each other.")
        }
        if template == nil, bosToken != nil || eosToken != nil {
            throw ValidationError("--bos-token and --eos-token go with --template.")
        }
    }

    func run() throws {
        let template = try makeTemplate()
        guard let chat else {
            return try JSONLines.answer { try Answer(text: Self.render(template, Array($0.utf8))) }
        }
        let data: Data?
        if chat == "-" {
            data = try FileHandle.standardInput.readToEnd()
        } else {
            data = FileManager.default.contents(atPath: chat)
        }
        guard let data else { throw CommandError("\(chat) cannot be read") }
        Terminal.write(try Self.render(template, Array(data)))
    }

    private struct Answer: Encodable {
        let text: String
    }

    private func makeTemplate() throws -> ChatTemplate {
        if let path = template {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandError("\(path) cannot be read")
            }
            do throws(TemplateError) {
                return try ChatTemplate(
                    source: String(decoding: data, as: UTF8.self),
                    bosToken: bosToken,
                    eosToken: eosToken
                )
            } catch {
                throw CommandError("\(path): \(error.message)")
            }
        }
        let folder = try ModelFolder(path: model ?? BuiltInModel.path())
        guard let template = try folder.makeTemplate() else {
            throw CommandError("\(folder.path) has no chat template")
        }
        return template
    }

    private static func render(_ template: ChatTemplate, _ json: [UInt8]) throws -> String {
        guard case .object(let chat)? = TemplateValue(json: json) else {
            throw CommandError("the chat is no JSON object")
        }
        var variables: [String: TemplateValue] = [:]
        if case .object(let more)? = chat["chat_template_kwargs"] {
            for member in more.members { variables[member.name] = member.value }
        }
        variables["tools"] = chat["tools"] ?? variables["tools"]
        guard case .array(let values)? = chat["messages"] else {
            throw CommandError("the chat has no array of messages")
        }
        let messages = try values.map { value in
            guard let message = ChatMessage(value) else {
                throw CommandError("a message is no JSON object with a role")
            }
            return message
        }
        var addsPrompt = true
        if case .boolean(let value)? = chat["add_generation_prompt"] { addsPrompt = value }
        var time: Int?
        if case .integer(let value)? = chat["time"] { time = value }
        do throws(TemplateError) {
            return try template.render(
                messages,
                addGenerationPrompt: addsPrompt,
                variables: variables,
                time: time
            ).text
        } catch {
            throw CommandError(error.message)
        }
    }
}
