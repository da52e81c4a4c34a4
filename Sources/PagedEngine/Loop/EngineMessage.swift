import PagedBatching
import Synchronization

/// What other threads ask of the engine's thread.
enum EngineMessage: Sendable {
    case submit(
        SequenceIdentifier,
        GenerationRequest,
        AsyncStream<GenerationEvent>.Continuation
    )
    case abort(SequenceIdentifier)
    case abortAll
    case stop
}

/// Names for requests, each used once.
final class IdentifierSource: Sendable {
    private let last = Atomic<UInt64>(0)

    func next() -> SequenceIdentifier {
        SequenceIdentifier(rawValue: last.add(1, ordering: .relaxed).newValue)
    }
}
