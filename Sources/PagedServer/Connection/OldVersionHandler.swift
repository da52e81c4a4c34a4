import NIOCore
import NIOHTTP1

/// Speaks HTTP/1.0 with clients that do: no chunks, and a body ends with the connection.
///
/// Everything behind the decoder's neighbour knows no versions any more, so this is put between the two.
final class OldVersionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var isOld = false

    /// Puts such a handler in its place, in a pipeline that has a decoder.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) {
        typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>
        guard let decoder = try? pipeline.handler(type: Decoder.self) else { return }
        try? pipeline.addHandler(OldVersionHandler(), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data),
            (head.version.major, head.version.minor) < (1, 1)
        else {
            context.fireChannelRead(data)
            return
        }
        isOld = true
        // Hummingbird closes the connection after the answer, then.
        head.headers.replaceOrAdd(name: "connection", value: "close")
        head.headers.remove(name: "expect")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isOld, case .head(var head) = unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        head.version = .http1_0
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
