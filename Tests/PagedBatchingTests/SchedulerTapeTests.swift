import PagedBatching
import PagedCache
import Testing

/// Random tapes of events against tiny pools. Every output must be what the sequence gives alone.
///
/// A failure prints the seed of its tape; add it to `keptSeeds` to replay it for ever.
@Suite("Random tapes of events")
struct SchedulerTapeTests {
    private static let keptSeeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34]

    @Test("keep outputs and invariants", arguments: keptSeeds)
    func kept(seed: UInt64) throws {
        let tape = Tape(seed: seed, hasher: PrefixHasher())
        try tape.play(events: 4000)
    }

    @Test("keep outputs and invariants with seeds never seen before")
    func fresh() throws {
        for _ in 0..<25 {
            let seed = UInt64.random(in: .min ... .max)
            print("scheduler tape seed \(seed)")
            let tape = Tape(seed: seed, hasher: PrefixHasher())
            try tape.play(events: 400)
        }
    }

    @Test("keep outputs even when digests of different prefixes are equal", arguments: keptSeeds)
    func collisions(seed: UInt64) throws {
        let tape = Tape(seed: seed, hasher: PrefixHasher(mask: 1 << 31))
        try tape.play(events: 2000)
    }
}

/// One tape: everything about it follows from its seed.
final class Tape {
    private let seed: UInt64
    private var random: SeededGenerator
    private var harness: Harness
    private var prompts: [SequenceIdentifier: (tokens: [Int32], new: Int, scored: Bool)] = [:]
    private var aborted: Set<SequenceIdentifier> = []
    private var next: UInt64 = 0

    init(seed: UInt64, hasher: PrefixHasher) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let running = Int.random(in: 1...6, using: &random)
        let configuration = SchedulerConfiguration(
            blockCount: Int.random(in: 3...24, using: &random),
            blockSize: [1, 2, 4, 16].randomElement(using: &random) ?? 4,
            maximumTokensPerStep: running + Int.random(in: 1...24, using: &random),
            maximumPromptTokensPerStep: Int.random(in: 1...32, using: &random),
            maximumScoredTokensPerStep: [1, 2, 12].randomElement(using: &random),
            maximumRunningSequences: running,
            maximumSequenceLength: 96,
            maximumQueuedSequences: 8,
            prefixCaching: Int.random(in: 0..<5, using: &random) > 0
        )
        harness = Harness(configuration, hasher: hasher)
    }

    func play(events: Int) throws {
        for _ in 0..<events {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: submit()
            case 3: abort()
            case 4 where harness.plan != nil: harness.fail()
            default:
                if harness.plan == nil {
                    _ = harness.begin()
                } else {
                    harness.end()
                }
            }
        }
        harness.end()
        harness.drain()
        verify()
    }

    /// Few first tokens and long runs of the same, so that prompts share beginnings of all lengths.
    private func submit() {
        let family = Int32.random(in: 0..<3, using: &random)
        let capacity = harness.scheduler.configuration.cacheCapacity
        var tokens = (0..<Int32.random(in: 1...40, using: &random)).map { $0 % 5 + family }
        if Bool.random(using: &random) {
            tokens.append(Int32.random(in: 0..<97, using: &random))
        }
        let new = Int.random(in: 0...40, using: &random)
        let scored = Int.random(in: 0..<3, using: &random) == 0
        let salt: [UInt8] = Int.random(in: 0..<6, using: &random) == 0 ? [1] : []
        let identifier = SequenceIdentifier(rawValue: next)
        next += 1
        do {
            try harness.submit(identifier.rawValue, tokens, new: new, scored: scored, salt: salt)
            prompts[identifier] = (tokens, new, scored)
        } catch AdmissionRefusal.queueFull(let waiting) {
            #expect(waiting >= 8)
        } catch AdmissionRefusal.neverFits {
            #expect(max(tokens.count + new - 1, tokens.count) > capacity)
        } catch {
            Issue.record("\(error)")
        }
    }

    private func abort() {
        let candidates = prompts.keys.filter {
            !aborted.contains($0) && !harness.finished.contains($0)
        }
        let sorted = candidates.sorted { $0.rawValue < $1.rawValue }
        guard let victim = sorted.randomElement(using: &random) else { return }
        let result = harness.abort(victim)
        #expect(result != .unknown, "seed \(seed)")
        aborted.insert(victim)
    }

    private func verify() {
        #expect(harness.scheduler.snapshot.liveBlocks == 0, "seed \(seed)")
        #expect(!harness.scheduler.hasWork, "seed \(seed)")
        for (identifier, prompt) in prompts {
            let expected = FakeModel.generate(prompt.tokens, count: prompt.new)
            let output = harness.outputs[identifier] ?? []
            if aborted.contains(identifier) {
                #expect(expected.starts(with: output), "seed \(seed), sequence \(identifier)")
            } else {
                #expect(output == expected, "seed \(seed), sequence \(identifier)")
            }
            verifyScores(of: identifier, prompt.tokens, scored: prompt.scored)
        }
    }

    /// Every token of a prompt that is scored has one row of logits, in order; others have none.
    private func verifyScores(
        of identifier: SequenceIdentifier,
        _ tokens: [Int32],
        scored: Bool
    ) {
        let scores = harness.scores[identifier] ?? []
        let expected = scored ? FakeModel.scores(tokens) : []
        if aborted.contains(identifier) {
            #expect(expected.starts(with: scores), "seed \(seed), sequence \(identifier)")
        } else {
            #expect(scores == expected, "seed \(seed), sequence \(identifier)")
        }
    }
}
