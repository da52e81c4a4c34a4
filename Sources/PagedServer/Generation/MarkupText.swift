import PagedText

/// Tells calls and thoughts from the text of a choice. Tokens wait for something to come out with.
struct MarkupText {
    private var reader: any AnswerReader
    private var tokens: [TextPiece.Token] = []
    private var callCount = 0

    init(_ reader: any AnswerReader) { self.reader = reader }

    mutating func read(_ piece: TextPiece, isLast: Bool) -> TextPiece {
        var result = TextPiece()
        for part in reader.append(piece.text) + (isLast ? reader.finish() : []) {
            switch part {
            case .text(let text):
                result.text += text
            case .thought(let text):
                result.thought += text
            case .call(let call):
                result.calls.append(TextPiece.Call(index: callCount, call: call))
                callCount += 1
            }
        }
        tokens += piece.tokens
        guard !result.isEmpty || isLast else { return result }
        result.tokens = tokens
        tokens = []
        return result
    }
}
