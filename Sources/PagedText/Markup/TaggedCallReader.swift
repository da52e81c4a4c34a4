/// Reads calls between a marker and another, or the end of the answer.
struct TaggedCallReader: AnswerReader {
    let opening: String
    let closing: String?
    private var finder = MarkerFinder()
    /// What followed the opening marker, when one is open.
    private var call: String?
    /// White space at the end of the text: none of it is shown before a call or behind the last.
    private var space = ""
    private var hasCalls = false

    init(opening: String, closing: String?) {
        self.opening = opening
        self.closing = closing
    }

    mutating func append(_ text: String) -> [AnswerPart] {
        finder.append(text)
        var parts: [AnswerPart] = []
        while true {
            let markers = call == nil ? [opening] : closing.map { [$0] } ?? []
            let (text, marker) = finder.next(markers)
            take(text, &parts)
            guard let marker else { return parts }
            turn(at: marker, &parts)
        }
    }

    mutating func finish() -> [AnswerPart] {
        var parts: [AnswerPart] = []
        let held = finder.finish()
        if let call {
            // What was held back is a part of the closing marker, or of a call that was cut off.
            let calls = ToolCall.calls(in: call) ?? CutCallScanner.calls(in: call + held)
            parts = calls.map { $0.map(AnswerPart.call) } ?? [.text(opening + call + held)]
            return parts
        }
        take(held, &parts)
        if !space.isEmpty, !hasCalls {
            parts.append(.text(space))
        }
        return parts
    }

    private mutating func take(_ text: String, _ parts: inout [AnswerPart]) {
        guard call == nil else {
            call?.append(text)
            return
        }
        let shown = space + text
        let end = shown.lastIndex { !$0.isWhitespace }.map(shown.index(after:)) ?? shown.startIndex
        space = String(shown[end...])
        if end > shown.startIndex { parts.append(.text(String(shown[..<end]))) }
    }

    private mutating func turn(at marker: String, _ parts: inout [AnswerPart]) {
        space = ""
        guard let ended = call else {
            call = ""
            return
        }
        read(ended, otherwise: opening + ended + marker, &parts)
        call = nil
    }

    private mutating func read(
        _ call: String,
        otherwise text: String,
        _ parts: inout [AnswerPart]
    ) {
        let calls = ToolCall.calls(in: call)
        parts += calls.map { $0.map(AnswerPart.call) } ?? [.text(text)]
        hasCalls = hasCalls || calls != nil
    }
}
