/// Reads messages of several channels, as gpt-oss writes them:
/// `<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...`.
///
/// `analysis` is thought; a message `to=functions.NAME` calls that tool; all others are text.
struct ChannelReader: AnswerReader {
    static let markers = beginnings + [message] + ends
    private static let message = "<|message|>"
    private static let ends = ["<|end|>", "<|call|>", "<|return|>"]
    private static let beginnings = ["<|start|>", "<|channel|>", "<|constrain|>"]

    private enum Place {
        case header
        case text
        case thought
        case call(name: String)
    }

    private var finder = MarkerFinder()
    // The prompt ends where the first header begins.
    private var place = Place.header
    /// The header, or the call's arguments, so far.
    private var held = ""

    mutating func append(_ text: String) -> [AnswerPart] {
        finder.append(text)
        var parts: [AnswerPart] = []
        while true {
            let (text, marker) = finder.next(Self.markers)
            take(text, &parts)
            guard let marker else { return parts }
            turn(at: marker, &parts)
        }
    }

    mutating func finish() -> [AnswerPart] {
        var parts: [AnswerPart] = []
        take(finder.finish(), &parts)
        switch place {
        case .header where !held.isEmpty && !held.contains("<|"):
            parts.append(.text(held))
        case .call:
            end(&parts)
        default:
            break
        }
        return parts
    }

    private mutating func take(_ text: String, _ parts: inout [AnswerPart]) {
        guard !text.isEmpty else { return }
        switch place {
        case .header, .call: held += text
        case .text: parts.append(.text(text))
        case .thought: parts.append(.thought(text))
        }
    }

    private mutating func turn(at marker: String, _ parts: inout [AnswerPart]) {
        guard case .header = place else {
            end(&parts)
            place = .header
            held = Self.beginnings.contains(marker) ? marker : ""
            return
        }
        if marker == Self.message {
            place = Self.place(of: held)
            held = ""
        } else {
            held += marker
        }
    }

    private func end(_ parts: inout [AnswerPart]) {
        guard case .call(let name) = place else { return }
        let isWhole = TemplateValue(json: held.utf8) != nil
        parts.append(.call(ToolCall(name: name, arguments: held, isWhole: isWhole)))
    }

    /// What the message under a header such as
    /// `<|channel|>commentary to=functions.find <|constrain|>json` is.
    private static func place(of header: String) -> Place {
        let words = header.replacing("<|", with: " <|").split(separator: " ")
        let recipient = "to=functions."
        if let word = words.first(where: { $0.hasPrefix(recipient) }) {
            return .call(name: String(word.dropFirst(recipient.count)))
        }
        return words.contains("<|channel|>analysis") ? .thought : .text
    }
}
