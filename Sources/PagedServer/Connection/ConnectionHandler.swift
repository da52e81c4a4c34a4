import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Sits in each connection's pipeline: notices that the client has closed its side, ends requests that do not
/// arrive and answers that are not taken, tells clients that ask first to send their body, and refuses those
/// for whom there is no connection left.
///
/// A client that half-closes the connection before it has its answer counts as gone, as with other
/// servers. Hummingbird's own way, `consumeWithInboundCloseHandler`, ends the connection after
/// each response; this one keeps it alive.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a request of a connection in excess may take to arrive, from the connection on.
    private static let excessTime: TimeAmount = .seconds(5)

    private let connections: ConnectionList
    private let requestTime: TimeAmount
    private let stallTime: TimeAmount
    private let watch = DisconnectWatch()

    /// Between a request's head and its end.
    private var isArriving = false
    /// Requests that have arrived and whose answers have not ended; more than one if a client sends ahead.
    private var unanswered = 0
    /// Whether the request that arrives has its answer already.
    private var isAnsweredEarly = false
    /// Whether there are too many connections to serve this one.
    private var isExcess = false
    /// Whether the request that arrives will be refused for that.
    private var refuses = false
    /// Whether what was just read completed any part of a request.
    private var hasReadPart = false
    private var arrival: Scheduled<Void>?
    private var stall: Scheduled<Void>?

    /// - Parameters:
    ///   - connections: the server's.
    ///   - requestTime: how long a request may take to arrive, from its first byte.
    ///   - stallTime: how long a client may take nothing of an answer that waits.
    init(connections: ConnectionList, requestTime: TimeAmount, stallTime: TimeAmount) {
        self.connections = connections
        self.requestTime = requestTime
        self.stallTime = stallTime
    }

    func handlerAdded(context: ChannelHandlerContext) {
        OldVersionHandler.add(to: context.pipeline.syncOperations)
        let (channel, connections) = (context.channel, connections)
        isExcess = connections.open(channel)
        channel.closeFuture.whenComplete { _ in connections.close(channel) }
        if isExcess { awaitRequest(context, atMost: Self.excessTime) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        let part = unwrapInboundIn(data)
        if isExcess, case .head(let request) = part {
            refuses = request.path?.prefix { $0 != "?" } != HealthRoute.path[...]
        }
        if refuses {
            if case .end = part { refuse(context) }
            return
        }
        switch part {
        case .head(let request):
            isArriving = true
            connections.setIdle(context.channel, false)
            awaitRequest(context)
            if request.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponse(status: .continue))),
                    promise: nil
                )
            }
        case .end:
            isArriving = false
            stopAwaitingRequest()
            if isAnsweredEarly {
                isAnsweredEarly = false
                connections.setIdle(context.channel, true)
            } else {
                unanswered += 1
            }
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes of a head that is not whole yet.
        if !hasReadPart {
            connections.setIdle(context.channel, false)
            awaitRequest(context)
        }
        hasReadPart = false
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response) where isExcess:
            response.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .end where isExcess:
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        case .end:
            if unanswered > 0 { unanswered -= 1 } else { isAnsweredEarly = isArriving }
            if isArriving { awaitRequest(context) }
            // Idle when the client has the answer, not when it is only on its way.
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { [self] in
                if unanswered == 0, !isArriving { connections.setIdle(context.channel, true) }
            }
            context.write(data, promise: written)
        default:
            context.write(data, promise: promise)
        }
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
    private func awaitRequest(_ context: ChannelHandlerContext, atMost limit: TimeAmount? = nil) {
        guard arrival == nil, unanswered == 0 else { return }
        let time = min(requestTime, limit ?? requestTime)
        arrival = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            guard !isAnsweredEarly else {
                context.close(promise: nil)
                return
            }
            let head = HTTPResponse(
                status: .requestTimeout,
                headerFields: [.connection: "close", .contentLength: "0"]
            )
            end(context, with: head)
        }
    }

    /// Answers that there are too many connections.
    private func refuse(_ context: ChannelHandlerContext) {
        stopAwaitingRequest()
        let error = APIError.tooManyConnections
        var response = Response(to: error)
        response.headers[.connection] = "close"
        let head = HTTPResponse(status: response.status, headerFields: response.headers)
        end(context, with: head, body: try? JSONBody.encode(error.body))
    }

    private func end(
        _ context: ChannelHandlerContext,
        with head: HTTPResponse,
        body: ByteBuffer? = nil
    ) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
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
