/// A chat written out as the model expects it, ready to be encoded.
///
/// It remembers which parts came from messages: special tokens typed there stay plain text when
/// encoded.
package struct RenderedPrompt: Sendable {
    let content: GuardedText

    init(_ content: GuardedText) { self.content = content }

    /// A prompt of which everything counts as written by the template.
    package init(trusted text: String) { content = GuardedText(text) }

    /// The prompt as text.
    package var text: String { content.string }

    /// The prompt without what the template writes after the last message, whose text is given; nil when
    /// that is not the last that came from messages, or is blank.
    package func ending(within message: String) -> RenderedPrompt? {
        let end = content.units.lastIndex(where: \.isGuarded).map { $0 + 1 } ?? 0
        let open = GuardedText(units: content.units[..<end])
        // Templates may trim messages.
        let message = GuardedText(message).stripped()
        guard message.count > 0, open.stripped(left: false).hasSuffix(message) else { return nil }
        return RenderedPrompt(open)
    }
}
