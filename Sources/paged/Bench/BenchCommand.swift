import ArgumentParser

/// `paged bench`: measurements, each beside a peer or a limit of the machine in the same run.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure, beside peers in the same run.",
        subcommands: [
            BenchEngineCommand.self, BenchKernelsCommand.self, BenchCallCommand.self,
            BenchProductsCommand.self,
            BenchSchedulerCommand.self, BenchTokenizerCommand.self, BenchCUDACommand.self,
        ]
    )
}
