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
}
