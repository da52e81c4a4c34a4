#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A model's chat template: messages to the text that the model was trained on.
///
/// Templates are written in Jinja2; what model families use of it is covered and renders as in
/// `transformers` (`trim_blocks`, `lstrip_blocks`, its `tojson`, immutable values), anything else
/// is refused by name at load.
///
/// ```swift
/// let template = try ChatTemplate(source: source, bosToken: "<s>", eosToken: "</s>")
/// let chat = [ChatMessage(role: "user", content: "Hi")]
/// let prompt = try template.render(chat, addGenerationPrompt: true)
/// let tokens = tokenizer.encode(prompt)
/// ```
package struct ChatTemplate: Sendable {
    private static let maximumSourceLength = 1 << 20

    private let statements: [TemplateStatement]
    /// `bos_token` and the like, by name.
    private let specialTokens: [String: String]

    /// How answers of the model that the template is for mark calls of tools.
    package let markup: AnswerMarkup?
    /// Whether answers may begin with a thought in `<think>` tags.
    package let writesThoughts: Bool

    /// Work that one rendering may do.
    package var limits = TemplateLimits()

    /// Reads a template.
    ///
    /// `otherTokens` are further special tokens that `tokenizer_config.json` names, such as
    /// `pad_token`.
    package init(
        source: String,
        bosToken: String?,
        eosToken: String?,
        otherTokens: [String: String] = [:]
    ) throws(TemplateError) {
        guard source.utf8.count <= Self.maximumSourceLength else {
            throw .limitExceeded("\(Self.maximumSourceLength) bytes of source")
        }
        let (statements, usage) = try TemplateParser.parse(source)
        try usage.check()
        self.statements = statements
        markup = AnswerMarkup(template: source)
        writesThoughts = source.contains("<think>")
        var tokens = otherTokens
        tokens["bos_token"] = bosToken
        tokens["eos_token"] = eosToken
        specialTokens = tokens
    }

    /// Writes a chat out.
    ///
    /// - Parameters:
    ///   - messages: The chat so far, oldest first.
    ///   - addGenerationPrompt: Ends with what precedes the assistant's answer.
    ///   - variables: Further values for the template, such as `tools` or `enable_thinking`.
    ///   - time: Seconds since 1970 for `strftime_now`, nil for now.
    package func render(
        _ messages: [ChatMessage],
        addGenerationPrompt: Bool,
        variables: [String: TemplateValue] = [:],
        time: Int? = nil
    ) throws(TemplateError) -> RenderedPrompt {
        let scope = TemplateScope(parent: nil)
        for (name, token) in specialTokens { scope[name] = .text(token) }
        for (name, value) in variables { scope[name] = RuntimeValue(value) }
        scope["messages"] = .list(messages.map(Self.value))
        scope["add_generation_prompt"] = .boolean(addGenerationPrompt)
        let evaluator = TemplateEvaluator(limits: limits, time: time ?? Self.now)
        return RenderedPrompt(try evaluator.render(statements, in: scope))
    }

    private static func value(_ message: ChatMessage) -> RuntimeValue {
        let dictionary = DictionaryReference()
        dictionary.set(.text("role"), .text(GuardedText(message.role, guarded: true)))
        dictionary.set(.text("content"), .text(GuardedText(message.content, guarded: true)))
        for (name, value) in message.fields.sorted(by: { $0.key < $1.key }) {
            dictionary.set(.text(name), RuntimeValue(value))
        }
        return .dictionary(dictionary)
    }

    private static var now: Int {
        #if canImport(Glibc)
            Int(Glibc.time(nil))
        #elseif canImport(Musl)
            Int(Musl.time(nil))
        #else
            Int(Darwin.time(nil))
        #endif
    }
}
