import NIOCore
import NIOPosix

/// A client over a real socket, which can go away at any time, or be slow.
struct RawClient {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    init(port: Int) async throws {
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// The text of a request for a completion.
    static func request(_ body: String, headers: String = "") -> String {
        """
        POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(headers)\
        Content-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    }

    /// Sends a request, waits until the answer holds `text` (at once when nil) and then closes.
    func post(_ body: String, until text: String?, then: () async -> Void = {}) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: Self.request(body)))
            await then()
            guard let text else { return }
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                if answer.contains(text) { return }
            }
        }
    }

    /// Sends text and returns everything that comes until the server closes, or until `last` has come.
    func exchange(_ text: String, until last: String? = nil) async throws -> String {
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                if let last, answer.contains(last) { break }
            }
            return answer
        }
    }

    /// Sends text and reads nothing while `body` runs.
    func send(_ text: String, while body: () async throws -> Void) async throws {
        try await channel.executeThenClose { _, outbound in
            try await outbound.write(ByteBuffer(string: text))
            try await body()
        }
    }
}
