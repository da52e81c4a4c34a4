import ArgumentParser
import Foundation
import PagedEngine

/// `paged bench engine`: tokens per second of the engine at growing concurrency.
struct BenchEngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Tokens per second at growing concurrency, beside peers in the same run.",
        discussion: """
            Every job is so many prompts at once, each of --prompt-tokens random tokens, continued \
            greedily by --new-tokens tokens whatever they are; jobs with fewer prompts are repeated \
            until they have generated as many tokens as the others. Jobs and contenders take \
            turns; no prompt comes twice, so the prefix cache does not help.
            """
    )

    @OptionGroup var engine: EngineOptions

    @Option(parsing: .upToNextOption, help: "Numbers of concurrent requests.")
    var concurrency = [1, 4, 16, 32]

    @Option(help: "Tokens of each prompt.")
    var promptTokens = 48

    @Option(help: "Tokens to generate for each prompt.")
    var newTokens = 64

    @Option(help: "Measured rounds, after one that is not counted.")
    var rounds = 5

    @Option(
        parsing: .singleValue,
        help: "A peer's shell command; may be given several times. See Benchmarks/peers."
    )
    var peer: [String] = []

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func validate() throws {
        guard concurrency.allSatisfy({ $0 >= 1 }), promptTokens >= 1, newTokens >= 1, rounds >= 1
        else {
            throw ValidationError(
                "--concurrency, --prompt-tokens, --new-tokens and --rounds must be at least 1."
            )
        }
    }

    func run() async throws {
        try checkJSON(json)
        var options = engine
        options.maxSequences = max(options.maxSequences, concurrency.max() ?? 1)
        let generator = try options.makeEngine()
        let peers = try peer.map { try BenchPeer(command: $0) }
        var report = BenchReport(
            model: generator.model.name,
            machine: BenchReport.machine,
            promptTokens: promptTokens,
            newTokens: newTokens
        )
        for round in 0...rounds {
            // The levels take turns too, so that a busy moment of the machine hits all of them, and
            // generate equally many tokens, so that all are measured for long enough.
            for level in concurrency {
                let repetitions = max((concurrency.max() ?? level) / level, 1)
                let jobs = (0..<repetitions).map { _ in
                    Self.randomPrompts(
                        level,
                        length: promptTokens,
                        vocabularySize: generator.model.vocabularySize
                    )
                }
                var speeds = [("paged", try await Self.measure(generator, jobs, newTokens))]
                for peer in peers {
                    speeds.append((peer.name, try peer.run(jobs, newTokens: newTokens)))
                }
                guard round > 0 else { continue }
                for (name, speed) in speeds {
                    report.add(speed, name: name, concurrency: level)
                }
            }
        }
        print(
            "\(report.model), \(report.machine), \(promptTokens) prompt + \(newTokens) new tokens"
        )
        print(report.table)
        if let json { try writeJSON(report, to: json) }
    }

    private static func randomPrompts(
        _ count: Int,
        length: Int,
        vocabularySize: Int
    ) -> [[Int32]] {
        (0..<count).map { _ in
            (0..<length).map { _ in Int32.random(in: 0..<Int32(vocabularySize)) }
        }
    }

    /// Tokens per second of the jobs, one after the other.
    private static func measure(
        _ generator: any TokenGenerator,
        _ jobs: [[[Int32]]],
        _ newTokens: Int
    ) async throws -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        var tokens = 0
        for prompts in jobs {
            tokens += try await run(generator, prompts, newTokens)
        }
        return Double(tokens) / ((clock.now - begin) / .seconds(1))
    }

    /// Generates for all prompts at once, from the first submission to the last token.
    private static func run(
        _ generator: any TokenGenerator,
        _ prompts: [[Int32]],
        _ newTokens: Int
    ) async throws -> Int {
        let tokens = try await withThrowingTaskGroup(of: Int.self) { group in
            for prompt in prompts {
                let generation = try generator.submit(
                    GenerationRequest(promptTokens: prompt, maximumNewTokens: newTokens)
                )
                group.addTask {
                    var count = 0
                    for await event in generation.events {
                        if case .token = event {
                            count += 1
                        }
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        guard tokens == prompts.count * newTokens else {
            throw EngineError("\(tokens) tokens came instead of \(prompts.count * newTokens)")
        }
        return tokens
    }
}
