/// What an answer may hold besides text, and how it is told from it.
package struct AnswerSyntax: Sendable {
    /// Whether an answer begins with a thought in `<think>` tags.
    package enum Thoughts: Sendable {
        /// Never, or nobody wants to know.
        case none
        /// If the model opens one.
        case marked
        /// The prompt has opened it.
        case open
    }

    package var thoughts: Thoughts
    /// How calls of tools are marked; nil where none are looked for.
    package var calls: AnswerMarkup?
    /// Whether the answer is held to be a call: what cannot be read as one is the beginning of one.
    package var isCall = false

    package init(thoughts: Thoughts = .none, calls: AnswerMarkup? = nil) {
        (self.thoughts, self.calls) = (thoughts, calls)
    }

    /// The special tokens that it is made of.
    package var markers: [String] {
        (thoughts == .none ? [] : ThoughtReader.markers) + (calls?.markers ?? [])
    }

    /// A reader of one answer; nil if all of it is text.
    package func makeReader() -> (any AnswerReader)? {
        let reader = calls?.makeReader()
        guard thoughts != .none else { return reader }
        return ThoughtReader(isOpen: thoughts == .open, answer: reader)
    }
}

extension RenderedPrompt {
    /// Whether the template has opened a thought for the model.
    package var endsInThought: Bool {
        let end = content.units.lastIndex { !$0.unguardedScalar.properties.isWhitespace }
        guard let end else { return false }
        return content.units[...end].suffix(7).elementsEqual(GuardedText("<think>").units)
    }
}
