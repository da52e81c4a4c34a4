import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Sits in each connection's pipeline: notices that the client has closed its side, ends requests that do not
/// arrive and answers that are not taken, and tells clients that ask first to send their body.
///
/// A client that half-closes the connection before it has its answer counts as gone, as with other
/// servers. Hummingbird's own way, `consumeWithInboundCloseHandler`, ends the connection after
/// each response; this one keeps it alive.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let requestTime: TimeAmount
    private let stallTime: TimeAmount
    private let watch = DisconnectWatch()

    /// Between a request's head and its end.
    private var isArriving = false
    /// Between a request's end and that of its answer.
    private var isAnswering = false
    /// Whether what was just read completed any part of a request.
    private var hasReadPart = false
    private var arrival: Scheduled<Void>?
    private var stall: Scheduled<Void>?

    /// - Parameters:
    ///   - requestTime: how long a request may take to arrive, from its first byte.
    ///   - stallTime: how long a client may take nothing of an answer that waits.
    init(requestTime: TimeAmount, stallTime: TimeAmount) {
        self.requestTime = requestTime
        self.stallTime = stallTime
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        switch unwrapInboundIn(data) {
        case .head(let request):
            isArriving = true
            awaitRequest(context)
            if request.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponse(status: .continue))),
                    promise: nil
                )
            }
        case .end:
            (isArriving, isAnswering) = (false, true)
            stopAwaitingRequest()
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes of a head that is not whole yet.
        if !hasReadPart { awaitRequest(context) }
        hasReadPart = false
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            isAnswering = false
            if isArriving { awaitRequest(context) }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: stallTime) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { watch.close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopAwaitingRequest()
        stall?.cancel()
        watch.close()
        context.fireChannelInactive()
    }

    /// Answers 408 and closes unless the request is there in time. What a client sends ahead while it is being
    /// answered may wait for that.
    private func awaitRequest(_ context: ChannelHandlerContext) {
        guard arrival == nil, !isAnswering else { return }
        arrival = context.eventLoop.assumeIsolated().scheduleTask(in: requestTime) { [self] in
            let head = HTTPResponse(
                status: .requestTimeout,
                headerFields: [.connection: "close", .contentLength: "0"]
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
    }

    private func stopAwaitingRequest() {
        arrival?.cancel()
        arrival = nil
    }

    /// The watch of a connection; nil when its pipeline has no such handler.
    static func watch(of channel: any Channel) async -> DisconnectWatch? {
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ConnectionHandler.self).watch
        }.get()
    }
}
