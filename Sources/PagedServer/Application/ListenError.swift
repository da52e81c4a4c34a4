import Foundation
import NIOCore

/// Why the server cannot listen, in one line.
package struct ListenError: Error, CustomStringConvertible {
    package let description: String

    /// The host's name has no address.
    init(unknownHost configuration: ServerConfiguration) {
        description = "\(configuration.host) has no address; choose another one with --host"
    }

    init(_ error: IOError, _ configuration: ServerConfiguration) {
        let place = "\(configuration.host):\(configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE: description = "\(place) is taken; choose another port with --port"
        case EACCES: description = "\(place) is not allowed for this user; choose another port"
        case EADDRNOTAVAIL: description = "\(configuration.host) is not an address of this machine"
        default: description = "cannot listen on \(place): \(error)"
        }
    }
}
