import PagedBatching

/// A step in which every sequence decodes one token, each behind `context` tokens in the cache.
struct DecodeWorkload: SchedulerWorkload {
    let sequences: Int
    let context: Int
    let blockSize: Int
    let repetitions = 64

    var name: String { "decode, \(sequences) sequences" }

    func begin() throws -> SteppedScheduler {
        let longest = context + repetitions + 2
        var state = SteppedScheduler(
            SchedulerConfiguration(
                blockCount: sequences * (longest / blockSize + 1),
                blockSize: blockSize,
                maximumTokensPerStep: sequences * context + 1,
                maximumRunningSequences: sequences,
                maximumSequenceLength: longest,
                maximumQueuedSequences: sequences
            )
        )
        for _ in 0..<sequences {
            try state.submit(SteppedScheduler.randomPrompt(context), newTokens: repetitions + 2)
        }
        // All prompts at once; then every sequence decodes.
        _ = state.step()
        return state
    }

    func run(_ state: inout SteppedScheduler) {
        let tokens = state.step()
        precondition(tokens == sequences, "\(tokens) tokens of \(sequences) sequences")
    }
}
