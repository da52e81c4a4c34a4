import Synchronization

/// Tells the requests of one connection that its client has gone.
final class DisconnectWatch: Sendable {
    private struct State {
        var isClosed = false
        var nextIdentifier = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Calls `action` once when the client goes, or at once when it has gone, unless the returned
    /// identifier is given to `remove` before.
    func add(_ action: @escaping @Sendable () -> Void) -> Int {
        let (identifier, isClosed) = state.withLock { state in
            state.nextIdentifier += 1
            if !state.isClosed { state.actions[state.nextIdentifier] = action }
            return (state.nextIdentifier, state.isClosed)
        }
        if isClosed { action() }
        return identifier
    }

    /// Forgets an action.
    func remove(_ identifier: Int) {
        _ = state.withLock { $0.actions.removeValue(forKey: identifier) }
    }

    /// The client has gone.
    func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            defer { state.actions = [:] }
            return Array(state.actions.values)
        }
        for action in actions { action() }
    }
}
