import ArgumentParser
import Logging
import PagedEngine
import PagedServer

/// `paged serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model over HTTP with OpenAI's API.",
        discussion: """
            SIGTERM and Ctrl-C refuse new requests and let the running ones finish, for at most \
            --drain-seconds; a second signal stops them.
            """
    )

    @Argument(help: "An onnxruntime-genai model folder; the same as --model.")
    var folder: String?

    @OptionGroup(title: "Server")
    var server: ServerOptions

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    func validate() throws {
        if folder != nil && engine.model != nil {
            throw ValidationError("Name the model folder once: as an argument or with --model.")
        }
    }

    func run() async throws {
        var engine = engine
        engine.model = folder ?? engine.model
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "paged")
        logger.logLevel = server.logLevel
        let configuration = try server.configuration()
        try await CompletionServer.checkAddress(configuration)
        let model = try engine.makeService(name: server.servedModelName)
        let banner = Banner(model: model, configuration: configuration, engine: engine)
        Terminal.write(banner.settings)
        try await CompletionServer(model: model, configuration: configuration, logger: logger)
            .run(
                onListening: { port in Terminal.write(banner.invitation(port: port)) },
                onDraining: { Terminal.note(banner.farewell(requests: $0)) }
            )
    }
}
