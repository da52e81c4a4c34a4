import ArgumentParser
import PagedServer

/// The command line tool: one file per subcommand.
@main
struct Paged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paged",
        abstract: "Serves language models through the PagedAttention operator of ONNX Runtime.",
        version: Version.current,
        subcommands: [
            ServeCommand.self, GenerateCommand.self, ConvertCommand.self, InspectCommand.self,
            TokenizeCommand.self, RenderCommand.self, BenchCommand.self,
        ]
    )
}
