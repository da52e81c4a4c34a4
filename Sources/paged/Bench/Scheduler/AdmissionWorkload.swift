import PagedBatching

/// Prompts of `context` tokens that arrive together, are found in the prefix cache but for their
/// last block, and end with the step that computes it.
struct AdmissionWorkload: SchedulerWorkload {
    let sequences: Int
    let context: Int
    let blockSize: Int

    /// A prompt, which the cache holds, and a scheduler.
    struct State {
        let prompt: [Int32]
        var stepped: SteppedScheduler
    }

    /// Enough of them that a round is neither too short to time nor long.
    var repetitions: Int { max(64 / sequences, 4) }
    var name: String { "admission, \(sequences) prompts" }

    func begin() throws -> State {
        let prompt = SteppedScheduler.randomPrompt(context)
        var stepped = SteppedScheduler(
            SchedulerConfiguration(
                blockCount: (sequences + 1) * (context / blockSize + 2),
                blockSize: blockSize,
                maximumTokensPerStep: max(context, sequences * (blockSize + 1)) + sequences,
                maximumRunningSequences: sequences,
                maximumSequenceLength: context + 1,
                maximumQueuedSequences: sequences
            )
        )
        try stepped.submit(prompt, newTokens: 1)
        _ = stepped.step()
        return State(prompt: prompt, stepped: stepped)
    }

    func run(_ state: inout State) throws {
        for _ in 0..<sequences { try state.stepped.submit(state.prompt, newTokens: 1) }
        let tokens = state.stepped.step()
        // At least the last token of a prompt is computed, and with it its block.
        let missed = context - (context - 1) / blockSize * blockSize
        precondition(
            tokens == sequences * missed && !state.stepped.scheduler.hasWork,
            "\(tokens) tokens of \(sequences) prompts were computed"
        )
    }
}
