import NIOCore
import NIOHTTPTypes

/// Sits in each connection's pipeline and notices that the client has closed its side.
///
/// A client that half-closes the connection before it has its answer counts as gone, as with other
/// servers. Hummingbird's own way, `consumeWithInboundCloseHandler`, ends the connection after
/// each response; this one keeps it alive.
final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let watch = DisconnectWatch()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { watch.close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.close()
        context.fireChannelInactive()
    }

    /// The watch of a connection; nil when its pipeline has no such handler.
    static func watch(of channel: any Channel) async -> DisconnectWatch? {
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ConnectionHandler.self).watch
        }.get()
    }
}
