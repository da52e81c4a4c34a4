/// Reads an answer that is one call as a whole, and every other as text.
struct WholeAnswerReader: AnswerReader {
    /// What may stand before the call.
    let prefix: String
    private var text = ""
    private var isText = false

    init(prefix: String) { self.prefix = prefix }

    mutating func append(_ more: String) -> [AnswerPart] {
        guard !isText else { return [.text(more)] }
        text += more
        let start = text.drop { $0.isWhitespace }
        isText =
            !start.isEmpty && !start.hasPrefix("{") && !start.hasPrefix(prefix)
            && !prefix.hasPrefix(start)
        return isText ? [.text(text)] : []
    }

    mutating func finish() -> [AnswerPart] {
        guard !isText, !text.isEmpty else { return [] }
        let start = text.drop { $0.isWhitespace }
        let call = start.hasPrefix(prefix) ? start.dropFirst(prefix.count) : start
        let calls = ToolCall.calls(in: String(call)) ?? Self.cutCalls(in: String(call))
        return calls.map { $0.map(AnswerPart.call) } ?? [.text(text)]
    }

    /// Only arguments make a call of an object that was cut off: others have names too.
    private static func cutCalls(in text: String) -> [ToolCall]? {
        let calls = CutCallScanner.calls(in: text)
        return calls?.last?.arguments.isEmpty == false ? calls : nil
    }
}
