import HTTPTypes
import Hummingbird
import Logging
import PagedSampling

/// Runs a prepared request and writes its answer, streaming or not.
struct Answerer<Format: AnswerFormat>: Sendable {
    let format: Format
    let request: PreparedRequest
    let model: ServedModel
    let metrics: ServerMetrics
    let state: ServerState
    let logger: Logger

    /// Submits the request; the generation ends at the latest when the client goes.
    func respond(in context: ServerRequestContext) async throws -> Response {
        let choices = try RunningChoices(
            request,
            model: model,
            arrival: context.record.arrival,
            metrics: metrics
        )
        context.record.setAnswer(format.header.id)
        let watch = await ConnectionHandler.watch(of: context.channel)
        let watched = WatchedChoices(choices, watch: watch)
        return request.streams
            ? stream(watched, context.record)
            : try await collect(watched, context.record)
    }

    private func collect(
        _ watched: WatchedChoices,
        _ record: RequestRecord
    ) async throws -> Response {
        var collected = Array(repeating: CollectedChoice(), count: request.generations.count)
        var totals = GenerationTotals(request)
        defer { record.setCounts(totals.counts(watched.choices.tokenCount)) }
        try await watched.choices.forEachEvent { index, event in
            switch event {
            case .prompt(let scored):
                collected[index].prompt = scored
            case .piece(let piece):
                collected[index].piece += piece
            case .ended(let ending):
                totals.add(ending, choice: index)
                let hasCalls = collected[index].piece.endsInCall
                collected[index].finishReason = try finishReason(ending.reason, hasCalls)
            }
        }
        return Response(json: format.answer(collected, usage: totals.usage))
    }

    private func stream(_ watched: WatchedChoices, _ record: RequestRecord) -> Response {
        record.beginStreaming()
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                var totals = GenerationTotals(request)
                defer {
                    record.setCounts(totals.counts(watched.choices.tokenCount))
                    record.log(to: logger)
                }
                var events = EventStream(writer)
                do {
                    try await write(watched, to: &events, &totals)
                } catch let error as APIError {
                    totals.note(error.code ?? "error")
                    record.setError(error)
                    try await events.send(error.body)
                } catch {
                    totals.note("disconnected")
                    throw error
                }
                try await events.finish()
            }
        )
    }

    private func write(
        _ watched: WatchedChoices,
        to events: inout EventStream,
        _ totals: inout GenerationTotals
    ) async throws {
        if !request.scoresPrompts {
            for choice in request.generations.indices {
                try await open(choice, [], &events)
            }
        }
        var calling: Set<Int> = []
        try await watched.choices.forEachEvent { index, event in
            switch event {
            case .prompt(let scored):
                try await open(index, scored, &events)
            case .piece(let piece):
                if piece.endsInCall {
                    calling.insert(index)
                } else if !piece.calls.isEmpty {
                    calling.remove(index)
                }
                try await events.send(format.delta(piece, choice: index))
            case .ended(let ending):
                totals.add(ending, choice: index)
                let reason = try finishReason(ending.reason, calling.contains(index))
                try await events.send(format.ending(reason, choice: index))
            }
        }
        if request.includesUsage { try await events.send(format.usage(totals.usage)) }
    }

    private func open(
        _ choice: Int,
        _ prompt: [ScoredToken],
        _ events: inout EventStream
    ) async throws {
        if let chunk = format.opening(choice: choice, prompt: prompt) {
            try await events.send(chunk)
        }
    }

    /// OpenAI's word for a good end.
    private func finishReason(
        _ reason: ChoiceEnding.Reason,
        _ hasCalls: Bool
    ) throws -> String {
        switch reason {
        case .stop: return hasCalls ? "tool_calls" : "stop"
        case .length: return "length"
        case .failed(let text): throw APIError.generationFailed(text)
        case .aborted:
            throw state.isDraining ? APIError.shuttingDown : APIError.clientGone
        }
    }
}

/// Choices that stop when their client goes, for as long as this object lives.
final class WatchedChoices: Sendable {
    let choices: RunningChoices
    private let watch: DisconnectWatch?
    private let identifier: Int

    init(_ choices: RunningChoices, watch: DisconnectWatch?) {
        self.choices = choices
        self.watch = watch
        identifier = watch?.add { [weak choices] in choices?.cancel() } ?? 0
    }

    deinit { watch?.remove(identifier) }
}
