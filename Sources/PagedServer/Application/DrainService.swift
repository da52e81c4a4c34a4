import ServiceLifecycle
import UnixSignals

/// Waits for the first SIGTERM or SIGINT and drains; a second one stops the running requests at
/// once.
///
/// It is the last service and so the first to be shut down: until the drain is over the server goes
/// on answering, `/health` with 503 and new requests too, so that load balancers see where they
/// stand.
struct DrainService: Service {
    private let server: CompletionServer

    init(_ server: CompletionServer) {
        self.server = server
    }

    func run() async throws {
        try await gracefulShutdown()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let deadline = ContinuousClock.now + server.drainTime
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.drain(deadline: deadline) }
            group.addTask {
                for await _ in signals {
                    await server.drain(deadline: .now)
                    return
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
