import PagedEngine
import PagedSampling
import Synchronization

/// An engine that says what it is told to say.
final class ScriptedGenerator: TokenGenerator {
    typealias Script = @Sendable (_ request: GenerationRequest, _ index: Int) -> [GenerationEvent]

    private struct State {
        var requests: [GenerationRequest] = []
        var feeds: [AsyncStream<GenerationEvent>.Continuation] = []
        var cancelled: [Int] = []
        var statistics = EngineStatistics()
        var refusal: SubmissionError?
        var drains: [ContinuousClock.Instant] = []
    }

    let model: ModelDescription
    private let script: Script
    private let state = Mutex(State())

    /// A generator that says all of `script` at once. A script without an ending leaves the
    /// request running.
    init(model: ModelDescription = ByteModel.description(), script: @escaping Script) {
        self.model = model
        self.script = script
    }

    /// Says `text` and stops.
    convenience init(saying text: String, finish: FinishReason = .stop) {
        self.init { _, _ in Self.events(text, finish: finish) }
    }

    static func events(
        _ text: String,
        cached: Int = 0,
        finish: FinishReason? = .stop
    ) -> [GenerationEvent] {
        var tokens = ByteModel.tokens(text)
        if finish == .stop { tokens.append(ByteModel.end) }
        var events: [GenerationEvent] = [.admitted(cachedPromptTokens: cached)]
        events += tokens.map { .token(GeneratedToken(token: $0)) }
        if let finish { events.append(.finished(finish)) }
        return events
    }

    func submit(_ request: GenerationRequest) throws(SubmissionError) -> Generation {
        let (events, feed) = AsyncStream.makeStream(of: GenerationEvent.self)
        let index: Int
        switch register(request, feed) {
        case .success(let value): index = value
        case .failure(let error): throw error
        }
        for event in script(request, index) { send(event, to: index) }
        return Generation(events: events) { [weak self] in self?.cancel(index) }
    }

    private func register(
        _ request: GenerationRequest,
        _ feed: AsyncStream<GenerationEvent>.Continuation
    ) -> Result<Int, SubmissionError> {
        state.withLock { state in
            if let refusal = state.refusal { return .failure(refusal) }
            state.requests.append(request)
            state.feeds.append(feed)
            return .success(state.requests.count - 1)
        }
    }

    /// Goes on with a request.
    func send(_ event: GenerationEvent, to index: Int) {
        let feed = state.withLock { $0.feeds[index] }
        feed.yield(event)
        if case .finished = event { feed.finish() }
    }

    private func cancel(_ index: Int) {
        state.withLock { $0.cancelled.append(index) }
        send(.finished(.aborted), to: index)
    }

    var requests: [GenerationRequest] { state.withLock { $0.requests } }
    var cancelled: [Int] { state.withLock { $0.cancelled } }
    var drains: [ContinuousClock.Instant] { state.withLock { $0.drains } }

    /// From now on, refuses every request like this; nil takes them again.
    func refuse(with error: SubmissionError?) { state.withLock { $0.refusal = error } }

    func setStatistics(_ change: (inout EngineStatistics) -> Void) {
        state.withLock { change(&$0.statistics) }
    }

    func statistics() -> EngineStatistics { state.withLock { $0.statistics } }

    func drain(deadline: ContinuousClock.Instant) async {
        let count = state.withLock { state in
            state.drains.append(deadline)
            state.refusal = .shuttingDown
            return state.feeds.count
        }
        for index in 0..<count { send(.finished(.aborted), to: index) }
    }
}
