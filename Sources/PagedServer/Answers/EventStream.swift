import Hummingbird
import NIOCore

/// Writes server-sent events.
struct EventStream {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    /// One event: `data: {...}` and an empty line.
    mutating func send(_ value: some Encodable) async throws {
        var event = ByteBuffer(string: "data: ")
        event.writeImmutableBuffer(try JSONBody.encode(value))
        event.writeString("\n\n")
        try await writer.write(event)
    }

    /// The last event.
    consuming func finish() async throws {
        try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
        try await writer.finish(nil)
    }
}
