package import PagedBatching
package import PagedModel
import Foundation
import PagedSampling

/// Continuous batching over one model: requests in, token events out.
///
/// ```swift
/// let engine = try Engine(modelFolder: "Models/tiny-paged")
/// let generation = try engine.submit(GenerationRequest(promptTokens: [42], maximumNewTokens: 8))
/// for await case .token(let token) in generation.events { print(token.token) }
/// ```
///
/// An engine that nobody holds any more finishes the requests it has taken, then ends its thread.
///
/// One thread owns the scheduler, the block pool, the samplers and the model; all methods here only
/// post messages to it and read counts, so any number of tasks may call them.
public final class Engine: TokenGenerator {
    /// The loaded model.
    public let model: ModelDescription
    /// Remarks for whoever starts the engine: what of the model folder was not used, and why.
    public let notes: [String]
    /// What the model takes of the machine's memory; nil for a model that is not loaded from a folder.
    package let memory: MemoryPlan?
    private let configuration: SchedulerConfiguration
    private let state: EngineState
    private let mailbox: Mailbox<EngineMessage>
    private let identifiers = IdentifierSource()

    /// Starts an engine on a model that `runner` computes.
    ///
    /// - Parameter runner: handed over to the engine's thread; must not be used afterwards.
    package init(
        model: ModelDescription,
        configuration: SchedulerConfiguration,
        runner: sending any StepRunner,
        notes: [String] = [],
        memory: MemoryPlan? = nil
    ) {
        self.model = model
        self.memory = memory
        self.notes = notes
        self.configuration = configuration
        state = EngineState(EngineStatistics(configuration))
        mailbox = Mailbox()
        nonisolated(unsafe) let owned = runner
        let (state, mailbox) = (state, mailbox)
        let thread = Thread {
            var loop = EngineLoop(
                configuration: configuration,
                runner: owned,
                mailbox: mailbox,
                state: state
            )
            loop.run()
        }
        thread.name = "paged-engine"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit {
        mailbox.post(.stop)
    }

    /// Queues a request; see ``TokenGenerator/submit(_:)``. O(prompt tokens).
    public func submit(_ request: GenerationRequest) throws(SubmissionError) -> Generation {
        try validate(request)
        try state.enqueue(limit: configuration.maximumOpenSequences, now: .now)
        let identifier = identifiers.next()
        let (events, continuation) = AsyncStream.makeStream(of: GenerationEvent.self)
        let mailbox = mailbox
        continuation.onTermination = { reason in
            if case .cancelled = reason {
                mailbox.post(.abort(identifier))
            }
        }
        mailbox.post(.submit(identifier, request, continuation))
        return Generation(events: events) { mailbox.post(.abort(identifier)) }
    }

    /// The counts as of the last step.
    public func statistics() -> EngineStatistics {
        state.statistics(now: .now)
    }

    /// Refuses new requests and waits for the running ones; see ``TokenGenerator/drain(deadline:)``.
    public func drain(deadline: ContinuousClock.Instant) async {
        state.beginDraining()
        while ContinuousClock.now < deadline && hasRequests {
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                break
            }
        }
        mailbox.post(.abortAll)
    }

    private var hasRequests: Bool {
        let statistics = statistics()
        return statistics.isRunning
            && statistics.runningRequests + statistics.waitingRequests > 0
    }

    private func validate(_ request: GenerationRequest) throws(SubmissionError) {
        guard !request.promptTokens.isEmpty else {
            throw .invalid("the prompt has no tokens; give at least one")
        }
        let vocabulary = model.vocabularySize
        if let wrong = request.promptTokens.first(where: { $0 < 0 || $0 >= vocabulary }) {
            throw .invalid("prompt token \(wrong) is not in 0..<\(vocabulary)")
        }
        guard request.maximumNewTokens >= 0 else {
            throw .invalid("maximumNewTokens is \(request.maximumNewTokens); it must be at least 0")
        }
        let (total, overflow) = request.promptTokens.count.addingReportingOverflow(
            request.maximumNewTokens
        )
        if overflow || total > model.maximumSequenceLength {
            throw .tooLong(
                promptTokens: request.promptTokens.count,
                maximumNewTokens: request.maximumNewTokens,
                limit: model.maximumSequenceLength
            )
        }
    }
}

extension EngineStatistics {
    /// The counts of an engine with an empty cache.
    init(_ configuration: SchedulerConfiguration) {
        blockCount = configuration.blockCount
        blockSize = configuration.blockSize
        freeBlocks = configuration.blockCount
    }
}
