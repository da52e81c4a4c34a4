/// What the server needs of an engine: tokens in, events out.
///
/// ``Engine`` is the one that runs models; tests of the server use scripted ones.
public protocol TokenGenerator: Sendable {
    /// The loaded model.
    var model: ModelDescription { get }

    /// Queues a request. Returns at once.
    ///
    /// - Throws: ``SubmissionError`` when the request cannot or can never be served.
    func submit(_ request: GenerationRequest) throws(SubmissionError) -> Generation

    /// The counts behind `/metrics` and `/health`, as of now.
    func statistics() -> EngineStatistics

    /// Refuses new requests and returns when the running ones have ended, or at the deadline, when the
    /// rest are aborted.
    func drain(deadline: ContinuousClock.Instant) async
}

/// A request on its way: the stream of its events and the way to stop it.
public struct Generation: Sendable {
    /// The events. Dropping the iterator, or cancelling the task that reads it, aborts the request.
    public let events: AsyncStream<GenerationEvent>
    private let onCancel: @Sendable () -> Void

    /// A generation whose `cancel` calls `onCancel`.
    public init(events: AsyncStream<GenerationEvent>, onCancel: @escaping @Sendable () -> Void) {
        self.events = events
        self.onCancel = onCancel
    }

    /// Asks the engine to stop within one step. Safe to call at any time, any number of times.
    public func cancel() {
        onCancel()
    }
}

/// Facts about the loaded model that requests are checked against.
public struct ModelDescription: Equatable, Sendable {
    /// The name clients use, by default the folder's.
    public var name: String
    /// Number of token identifiers.
    public var vocabularySize: Int
    /// Most tokens of prompt and output together.
    public var maximumSequenceLength: Int
    /// The tokens that end an answer.
    public var endOfSequenceTokens: Set<Int32>

    /// A model's description.
    public init(
        name: String,
        vocabularySize: Int,
        maximumSequenceLength: Int,
        endOfSequenceTokens: Set<Int32>
    ) {
        self.name = name
        self.vocabularySize = vocabularySize
        self.maximumSequenceLength = maximumSequenceLength
        self.endOfSequenceTokens = endOfSequenceTokens
    }
}

/// Why a request was not taken.
public enum SubmissionError: Error, Equatable, Sendable {
    /// All places and the queue are full; try again after about so many seconds.
    case queueFull(waiting: Int, retryAfterSeconds: Int)
    /// Prompt and requested output exceed what the model or the cache can ever hold.
    case tooLong(promptTokens: Int, maximumNewTokens: Int, limit: Int)
    /// A field is out of bounds; the text names it, its value and the bounds.
    case invalid(String)
    /// The engine is draining or has stopped.
    case shuttingDown
}

extension SubmissionError: CustomStringConvertible {
    /// What is wrong, with the numbers, in one line.
    public var description: String {
        switch self {
        case .queueFull(let waiting, let seconds):
            "\(waiting) requests are waiting already; try again in about \(seconds) s"
        case .tooLong(let prompt, let new, let limit):
            "\(prompt) prompt tokens and \(new) new ones exceed \(limit)"
        case .invalid(let text):
            text
        case .shuttingDown:
            "the engine is shutting down"
        }
    }
}
