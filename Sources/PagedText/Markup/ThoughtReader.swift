/// Reads a thought in `<think>` tags at the beginning of an answer, and gives what follows it to another reader.
///
/// White space around a thought belongs to nobody.
struct ThoughtReader: AnswerReader {
    static let markers = [opening, closing]
    private static let (opening, closing) = ("<think>", "</think>")

    private enum Place {
        case start
        case thought
        case answer
    }

    private var place: Place
    private var finder = MarkerFinder()
    /// White space that is shown only if something comes after it.
    private var space = ""
    /// Whether white space at the beginning of a thought, or between it and the answer, belongs to nobody.
    private var isAtStart = true
    private var answer: (any AnswerReader)?

    /// - Parameters:
    ///   - isOpen: whether the prompt has the opening tag.
    ///   - answer: what reads the rest; nil if it is all text.
    init(isOpen: Bool, answer: (any AnswerReader)?) {
        place = isOpen ? .thought : .start
        self.answer = answer
    }

    mutating func append(_ text: String) -> [AnswerPart] {
        guard place != .answer else { return answered(text) }
        finder.append(text)
        var parts: [AnswerPart] = []
        if place == .start { begin(&parts) }
        if place == .thought { think(&parts) }
        return parts
    }

    mutating func finish() -> [AnswerPart] {
        let held = finder.finish()
        var parts: [AnswerPart] = []
        switch place {
        case .start:
            isAtStart = false
            parts += answered(space + held)
        case .thought: if !held.isEmpty { parts.append(.thought(space + held)) }
        case .answer: break
        }
        return parts + (answer?.finish() ?? [])
    }

    /// Waits for the first thing that is not white space.
    private mutating func begin(_ parts: inout [AnswerPart]) {
        let (text, marker) = finder.next([Self.opening])
        space += text
        guard space.allSatisfy(\.isWhitespace) else {
            (place, isAtStart) = (.answer, false)
            parts += answered(space + (marker ?? "") + finder.finish())
            return
        }
        guard marker != nil else { return }
        (place, space) = (.thought, "")
    }

    private mutating func think(_ parts: inout [AnswerPart]) {
        let (text, marker) = finder.next([Self.closing])
        let shown = isAtStart ? String(text.drop(while: \.isWhitespace)) : space + text
        let end = shown.lastIndex { !$0.isWhitespace }.map(shown.index(after:)) ?? shown.startIndex
        if end > shown.startIndex {
            parts.append(.thought(String(shown[..<end])))
            isAtStart = false
        }
        space = String(shown[end...])
        guard marker != nil else { return }
        (place, space, isAtStart) = (.answer, "", true)
        parts += answered(finder.finish())
    }

    /// Passes text on, without white space between thought and answer.
    private mutating func answered(_ text: String) -> [AnswerPart] {
        var text = text[...]
        if isAtStart {
            text = text.drop(while: \.isWhitespace)
            isAtStart = text.isEmpty
        }
        guard !text.isEmpty else { return [] }
        return answer?.append(String(text)) ?? [.text(String(text))]
    }
}
