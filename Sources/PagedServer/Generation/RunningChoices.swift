import PagedEngine
import PagedSampling
import Synchronization

/// The choices of one request on their way. Whatever happens to the request, none is left running:
/// letting go of this object stops them.
final class RunningChoices: Sendable {
    /// What a choice has to say.
    enum Event: Sendable {
        /// How likely the prompt is: first of all, and only of requests that want it.
        case prompt([ScoredToken])
        case piece(TextPiece)
        case ended(ChoiceEnding)
    }

    /// The tokens of all choices so far.
    let tokenCount = TokenCount()
    private let readers: [ChoiceReader]
    private let request: PreparedRequest
    private let open: Mutex<Set<Int>>

    /// Submits all choices of a request, or none.
    init(
        _ request: PreparedRequest,
        model: ServedModel,
        arrival: ContinuousClock.Instant,
        metrics: ServerMetrics
    ) throws(APIError) {
        self.request = request
        let (stops, options, syntax) = (request.stops, request.textOptions, request.syntax)
        var readers: [ChoiceReader] = []
        for generation in request.generations {
            let (prompt, stopTokens) = (generation.promptTokens, generation.stopTokens)
            do {
                readers.append(
                    ChoiceReader(
                        generation: try model.generator.submit(generation),
                        makeText: {
                            ChoiceText(
                                tokenizer: model.tokenizer,
                                prompt: prompt,
                                stopTokens: stopTokens,
                                stops: stops,
                                options: options,
                                syntax: syntax
                            )
                        },
                        arrival: arrival,
                        metrics: metrics,
                        tokenCount: tokenCount
                    )
                )
            } catch {
                for reader in readers { reader.generation.cancel() }
                throw APIError(error)
            }
        }
        self.readers = readers
        open = Mutex(Set(readers.indices))
    }

    deinit { cancel() }

    /// Stops what still runs. May be called at any time, from anywhere.
    func cancel() {
        for index in open.withLock({ $0 }) { readers[index].generation.cancel() }
    }

    /// Passes on the events of all choices, in the order in which they happen, until all have
    /// ended.
    ///
    /// - Throws: what `body` throws, after stopping all choices; `CancellationError` when the task
    ///   is cancelled.
    func forEachEvent(_ body: (Int, Event) async throws -> Void) async throws {
        let (events, feed) = AsyncStream.makeStream(of: (Int, Event).self)
        defer { cancel() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, reader) in readers.enumerated() {
                group.addTask {
                    let ending = await reader.read { feed.yield((index, $0)) }
                    _ = self.open.withLock { $0.remove(index) }
                    feed.yield((index, .ended(ending)))
                }
            }
            var remaining = readers.count
            var order = PromptOrder(request)
            for await (index, event) in events {
                for (index, event) in order.pass(event, of: index) {
                    try await body(index, event)
                }
                if case .ended = event { remaining -= 1 }
                if remaining == 0 { break }
            }
            if remaining > 0 { throw CancellationError() }
        }
    }
}
