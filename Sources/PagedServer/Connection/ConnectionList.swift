import Logging
import NIOCore
import Synchronization

/// The open connections, and which of them are idle.
///
/// When there are as many as there may be and another comes, the one that has been idle longest is closed. If none
/// is, the new one is in excess: it is refused everything but `/health`, and closed after that.
final class ConnectionList: Sendable {
    /// How many may be in excess at a time; others wait in the kernel.
    static let spare = 64
    /// What a new client has before its connection counts as idle.
    private static let grace: Duration = .seconds(1)

    private struct Connection {
        let channel: any Channel
        /// Nil while a request arrives or is answered.
        var idleSince: ContinuousClock.Instant?
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var isFull = false

        /// Removes the connection that has been idle longest.
        mutating func removeIdle(_ now: ContinuousClock.Instant) -> (any Channel)? {
            let idle = connections.compactMap { key, connection in
                connection.idleSince.map { (key: key, since: $0) }
            }
            guard let oldest = idle.min(by: { $0.since < $1.since }), oldest.since <= now else {
                return nil
            }
            return connections.removeValue(forKey: oldest.key)?.channel
        }
    }

    private let limit: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    /// How many are open.
    var count: Int { state.withLock { $0.connections.count } }

    /// Adds a connection; whether it is in excess. O(connections) when there are too many, else O(1).
    func open(_ channel: any Channel) -> Bool {
        let now = ContinuousClock.now
        let (isExcess, idle, fillsUp) = state.withLock { state in
            let isFull = state.connections.count >= limit
            let idle = isFull ? state.removeIdle(now) : nil
            let isExcess = state.connections.count >= limit
            state.connections[ObjectIdentifier(channel)] = Connection(
                channel: channel,
                idleSince: now + Self.grace
            )
            let fillsUp = isFull && !state.isFull
            if isFull { state.isFull = true }
            return (isExcess, idle, fillsUp)
        }
        idle?.close(promise: nil)
        if fillsUp {
            logger.warning(
                "all connections are in use: idle ones are closed for new ones, or else these refused",
                metadata: ["limit": "\(limit)"]
            )
        }
        return isExcess
    }

    /// Notes that a connection waits for a request, or does not.
    func setIdle(_ channel: any Channel, _ isIdle: Bool) {
        let since = isIdle ? ContinuousClock.now : nil
        state.withLock { $0.connections[ObjectIdentifier(channel)]?.idleSince = since }
    }

    /// Removes a connection. The next time that all are in use is another one when half were not.
    func close(_ channel: any Channel) {
        state.withLock { state in
            state.connections.removeValue(forKey: ObjectIdentifier(channel))
            if state.connections.count <= limit / 2 { state.isFull = false }
        }
    }
}
