import PagedText

/// Tells calls and thoughts from the text of a choice. Tokens wait for something to come out with.
struct MarkupText {
    private var reader: any AnswerReader
    /// Whether there is no text beside the calls.
    private let hidesText: Bool
    private var tokens: [TextPiece.Token] = []
    private var callCount = 0

    /// Nil if all of an answer is text.
    init?(_ syntax: AnswerSyntax) {
        guard let reader = syntax.makeReader() else { return nil }
        self.reader = reader
        hidesText = syntax.isCall
    }

    mutating func read(_ piece: TextPiece, isLast: Bool) -> TextPiece {
        var result = TextPiece()
        for part in reader.append(piece.text) + (isLast ? reader.finish() : []) {
            switch part {
            case .text(let text):
                if !hidesText { result.text += text }
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
