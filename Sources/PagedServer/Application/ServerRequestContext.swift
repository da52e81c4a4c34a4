import Hummingbird
import NIOCore

/// What the server knows about a request besides the request itself.
struct ServerRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// What the log line at the end will say.
    let record = RequestRecord()
    /// Keeps the cached prefixes of one API key's holder apart from those of others.
    var cacheSalt: [UInt8] = []

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
