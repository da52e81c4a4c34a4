import Synchronization

/// Where new identifiers and the time come from, so that tests can fix both.
package struct ServerSources: Sendable {
    /// A random identifier of 32 hexadecimal digits.
    package var makeIdentifier: @Sendable () -> String
    /// Seconds since 1970.
    package var secondsSince1970: @Sendable () -> Int

    /// Given sources.
    package init(
        makeIdentifier: @escaping @Sendable () -> String,
        secondsSince1970: @escaping @Sendable () -> Int
    ) {
        self.makeIdentifier = makeIdentifier
        self.secondsSince1970 = secondsSince1970
    }
}

/// Whether the server is on its way out.
final class ServerState: Sendable {
    private let draining = Atomic(false)

    /// True from the first signal on.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Marks the server as on its way out.
    func beginDraining() { draining.store(true, ordering: .relaxed) }
}
