import PagedAPI
import PagedText

/// The form that a request asks of its answer: JSON, or a call of a tool.
///
/// Schemas are read from the body a second time, because members come in the order in which they were sent, and
/// `Decodable` loses it.
struct OutputForm: Sendable {
    private let grammar: Grammar
    private let markers: [String]

    /// The form; nil for any text.
    init?(_ request: ChatCompletionRequest, body: [UInt8], markup: AnswerMarkup?) throws(APIError) {
        if let format = request.responseFormat, format.type != "text" {
            try Self.checkFormat(request, markup)
            grammar = try Self.grammar(of: format, body)
            markers = []
        } else if request.forcesCalls, let markup {
            grammar = try Self.grammar(ofCalls: try Self.tools(request, body), markup)
            markers = markup.markers
        } else {
            return nil
        }
        try Self.checkEnd(request.fields)
    }

    /// The form that a completion request asks of its output; nil for any text.
    init?(_ request: CompletionRequest, body: [UInt8]) throws(APIError) {
        guard let format = request.responseFormat, format.type != "text" else { return nil }
        grammar = try Self.grammar(of: format, body)
        markers = []
        try Self.checkEnd(request.fields)
    }

    /// A form says itself where the output ends.
    private static func checkEnd(_ fields: GenerationFields) throws(APIError) {
        let problem = "is not supported where the output has a form, which ends."
        if fields.ignoreEOS == true { throw .invalid("ignore_eos", problem) }
        if fields.minTokens ?? 0 > 0 { throw .invalid("min_tokens", problem) }
    }

    /// What holds the output of a request with these stop tokens to the form.
    func constraint(_ model: ServedModel, stopTokens: Set<Int32>) -> GrammarConstraint {
        var special: [Int32: [UInt8]] = [:]
        for marker in markers {
            guard let token = model.tokenizer.identifier(of: marker) else { continue }
            special[token] = Array(marker.utf8)
        }
        return GrammarConstraint(
            grammar,
            texts: model.tokenTexts,
            markers: special,
            stopTokens: stopTokens
        )
    }

    private static func checkFormat(
        _ request: ChatCompletionRequest,
        _ markup: AnswerMarkup?
    ) throws(APIError) {
        if markup?.isInEveryAnswer == true {
            throw .invalid(
                "response_format",
                "is not supported for this model, which writes its thoughts around its answers."
            )
        }
        if request.asksForCalls {
            throw .invalid(
                "response_format",
                "is not supported together with tools that may be called; set 'tool_choice' to 'none'."
            )
        }
    }

    private static func grammar(
        of format: ResponseFormat,
        _ body: [UInt8]
    ) throws(APIError) -> Grammar {
        switch format.type {
        case "json_object": return .jsonObject
        case "json_schema":
            let place = ["response_format", "json_schema", "schema"]
            guard let schema = JSONSchema(json: body, at: place) else {
                throw .invalid(place.joined(separator: "."), "is missing.")
            }
            do {
                return try schema.grammar()
            } catch {
                throw .invalid(place.joined(separator: "."), error.text)
            }
        default:
            throw .invalid(
                "response_format.type",
                "'\(format.type.prefix(40))' is not supported; allowed: text, json_object, json_schema."
            )
        }
    }

    private static func grammar(
        ofCalls tools: [CallableTool],
        _ markup: AnswerMarkup
    ) throws(APIError) -> Grammar {
        do {
            return try markup.callGrammar(tools)
        } catch {
            throw .invalid(
                "tools[\(error.tool.index)].function.parameters",
                "of '\(error.tool.name.prefix(64))': \(error.error.text)"
            )
        }
    }

    /// The tools that may be called: all, or the one that is named.
    private static func tools(
        _ request: ChatCompletionRequest,
        _ body: [UInt8]
    ) throws(APIError) -> [CallableTool] {
        let tools = CallableTool.list(json: body)
        guard case .named(let name)? = request.toolChoice else { return tools }
        let named = tools.filter { $0.name == name }
        guard !named.isEmpty else {
            throw .invalid("tool_choice", "'\(name.prefix(40))' is not among the tools.")
        }
        return named
    }
}
