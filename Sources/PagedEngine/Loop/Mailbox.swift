import Foundation

/// The only way into the engine's thread: messages in order of arrival.
///
/// Senders never wait. The engine's thread takes everything at once, between two steps, and sleeps
/// here when it has nothing to do.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var messages: [Message] = []

    /// Adds a message and wakes the engine's thread.
    func post(_ message: Message) {
        condition.lock()
        messages.append(message)
        condition.signal()
        condition.unlock()
    }

    /// Moves all messages into `taken`, which must be empty; with `waiting`, sleeps until there is one.
    func take(into taken: inout [Message], waiting: Bool) {
        condition.lock()
        while waiting && messages.isEmpty {
            condition.wait()
        }
        swap(&taken, &messages)
        condition.unlock()
    }
}
