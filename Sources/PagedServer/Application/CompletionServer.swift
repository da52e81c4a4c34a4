import HummingbirdCore
import PagedEngine
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The HTTP server: OpenAI's API over one model.
package struct CompletionServer: Sendable {
    private let model: ServedModel
    private let configuration: ServerConfiguration
    private let sources: ServerSources
    private let logger: Logger
    private let state = ServerState()
    private let connections: ConnectionList
    private let metrics: ServerMetrics

    /// A server that has not started yet.
    package init(
        model: ServedModel,
        configuration: ServerConfiguration,
        logger: Logger,
        sources: ServerSources = .system
    ) {
        self.model = model
        self.configuration = configuration
        self.sources = sources
        self.logger = logger
        connections = ConnectionList(limit: configuration.maximumConnections, logger: logger)
        metrics = ServerMetrics(connections)
    }

    /// Listens and answers until a signal or graceful shutdown, then drains.
    ///
    /// - Parameters:
    ///   - onListening: Called once with the port.
    ///   - onDraining: Called at the first signal, with the number of requests that are waited for, if any.
    /// - Throws: ``ListenError`` when the address or port cannot be had.
    package func run(
        onListening: @escaping @Sendable (Int) async -> Void,
        onDraining: @escaping @Sendable (Int) -> Void
    ) async throws {
        let application = application(onListening: onListening)
        let (drained, feed) = AsyncStream.makeStream(of: Void.self)
        let drainService = DrainService(self, onBegin: onDraining) { feed.finish() }
        let services = ServiceGroupConfiguration(
            services: [application, drainService],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quietLogger
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await ServiceGroup(configuration: services).run() }
                group.addTask {
                    for await _ in drained {}
                    await DrainService.giveConnectionsTime()
                }
                try await group.next()
            }
        } catch {
            throw ListenError(error, configuration) ?? error
        }
    }

    /// The application alone, without signals, for tests.
    package func application(
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let routes = makeRoutes()
        let router = routes.makeRouter(behind: [
            RequestMiddleware(sources: sources, logger: logger),
            OriginMiddleware(configuration.allowedOrigins),
            ErrorMiddleware(routes: routes, logger: logger),
            HostMiddleware(hosts: AllowedHosts(configuration)),
            APIKeyMiddleware(keys: APIKeys(configuration.apiKeys), routes: routes),
        ])
        return Application(
            router: router,
            server: .http1(configuration: connectionConfiguration),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections + ConnectionList.spare,
                    logger: quietLogger
                )
            ),
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) },
            logger: quietLogger
        )
    }

    /// Refuses new requests from now on, and returns when the running ones have ended or, at the
    /// deadline, are stopped.
    package func drain(deadline: ContinuousClock.Instant) async {
        state.beginDraining()
        await model.generator.drain(deadline: deadline)
    }

    /// Requests that have not ended.
    var openRequests: Int {
        let statistics = model.generator.statistics()
        return statistics.runningRequests + statistics.waitingRequests
    }

    /// How long draining may take.
    var drainTime: Duration { configuration.drainTime }

    /// Hummingbird's own lines are of no use to people who run the server.
    private var quietLogger: Logger {
        var quiet = logger
        if quiet.logLevel > .debug { quiet.logLevel = .critical }
        return quiet
    }

    private var connectionConfiguration: HTTP1Channel.Configuration {
        let requestTime = TimeAmount(configuration.requestTime)
        let stallTime = TimeAmount(configuration.stallTime)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionHandler(
                    connections: connections,
                    requestTime: requestTime,
                    stallTime: stallTime
                )
            ],
            idleTimeout: TimeAmount(configuration.idleTime),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.maximumHeaderSize,
                maxHeaderListSize: configuration.maximumHeaderSize,
                maxHeaderFieldCount: 100
            )
        )
    }

    private func makeRoutes() -> RouteTable {
        let services = GenerationServices(
            model: model,
            metrics: metrics,
            state: state,
            sources: sources,
            body: BodyReader(
                limit: configuration.maximumBodySize,
                total: configuration.maximumBodyTotal
            ),
            logger: logger
        )
        let tokenize = TokenizeRoute(services: services)
        let render = RenderRoute(services: services)
        let models = ModelsRoute(model: model, started: sources.secondsSince1970())
        let health = HealthRoute(
            generator: model.generator,
            state: state,
            stallLimit: configuration.stallLimit
        )
        return RouteTable(routes: [
            Route(
                method: .post,
                path: "/v1/chat/completions",
                handler: ChatCompletionsRoute(services: services).handle
            ),
            Route(
                method: .post,
                path: "/v1/completions",
                handler: CompletionsRoute(services: services).handle
            ),
            Route(
                method: .post,
                path: "/v1/chat/completions/render",
                handler: render.chatCompletions
            ),
            Route(method: .post, path: "/v1/completions/render", handler: render.completions),
            Route(method: .post, path: "/tokenize", handler: tokenize.tokenize),
            Route(method: .post, path: "/detokenize", handler: tokenize.detokenize),
            Route(method: .get, path: ModelsRoute.path, handler: models.list),
            Route(method: .get, path: ModelsRoute.path + "/**", handler: models.one),
            Route(method: .get, path: HealthRoute.path, isOpen: true, handler: health.handle),
            Route(
                method: .get,
                path: "/metrics",
                handler: MetricsRoute(model: model, metrics: metrics).handle
            ),
            Route(method: .get, path: "/version", handler: VersionRoute.handle),
        ])
    }
}
