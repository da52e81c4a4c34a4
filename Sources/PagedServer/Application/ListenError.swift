import Foundation
import NIOCore
import NIOPosix

/// Why the server cannot listen, in one line.
package struct ListenError: Error, CustomStringConvertible {
    package let description: String

    /// The host's name has no address.
    private init(unknownHost configuration: ServerConfiguration) {
        description = "\(configuration.host) has no address; choose another one with --host"
    }

    /// What an error of binding means; nil for other errors.
    init?(_ error: any Error, _ configuration: ServerConfiguration) {
        switch error {
        case let error as IOError: self.init(socket: error, configuration)
        case is SocketAddressError.UnknownHost: self.init(unknownHost: configuration)
        default: return nil
        }
    }

    private init(socket error: IOError, _ configuration: ServerConfiguration) {
        let place = "\(configuration.host):\(configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE: description = "\(place) is taken; choose another port with --port"
        case EACCES: description = "\(place) is not allowed for this user; choose another port"
        case EADDRNOTAVAIL: description = "\(configuration.host) is not an address of this machine"
        default: description = "cannot listen on \(place): \(error)"
        }
    }
}

extension CompletionServer {
    /// Binds the server's address for a moment.
    ///
    /// A model takes a while to load: whoever starts a server learns before that if it cannot listen.
    package static func checkAddress(_ configuration: ServerConfiguration) async throws {
        do {
            try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: configuration.host, port: configuration.port).get()
                .close().get()
        } catch {
            throw ListenError(error, configuration) ?? error
        }
    }
}
