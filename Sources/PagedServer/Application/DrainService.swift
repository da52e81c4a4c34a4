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
    private let onBegin: @Sendable (Int) -> Void
    private let onEnd: @Sendable () -> Void

    /// - Parameters:
    ///   - onBegin: Called with the number of requests that are waited for, if any.
    ///   - onEnd: Called when no request is generated any more.
    init(
        _ server: CompletionServer,
        onBegin: @escaping @Sendable (Int) -> Void,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.server = server
        self.onBegin = onBegin
        self.onEnd = onEnd
    }

    func run() async throws {
        defer { onEnd() }
        try await gracefulShutdown()
        let count = server.openRequests
        if count > 0 { onBegin(count) }
        let deadline = ContinuousClock.now + server.drainTime
        if await Self.signalComes(before: { await server.drain(deadline: deadline) }) {
            _ = await Self.signalComes(before: { await server.drain(deadline: .now) })
        }
    }

    /// Returns when the connections have had a second for their last bytes, or at the next signal:
    /// clients that do not send or do not read keep nothing alive.
    static func giveConnectionsTime() async {
        _ = await signalComes(before: { try? await Task.sleep(for: .seconds(1)) })
    }

    /// Runs `action` until it ends or a signal comes; whether a signal did.
    private static func signalComes(
        before action: @escaping @Sendable () async -> Void
    ) async -> Bool {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await action()
                return false
            }
            group.addTask {
                for await _ in signals { return true }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
