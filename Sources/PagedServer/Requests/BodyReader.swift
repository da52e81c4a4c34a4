import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PagedAPI
import Synchronization

/// Reads requests' bodies, and bounds how much of them is held at a time.
final class BodyReader: Sendable {
    /// How many times `limit` is read before the connection is given up.
    private static let patience = 16

    /// Largest body in bytes.
    private let limit: Int
    /// Most bytes of all bodies.
    private let total: Int
    private let held = Atomic(0)

    init(limit: Int, total: Int) {
        self.limit = limit
        self.total = total
    }

    /// A body as a value.
    ///
    /// - Parameter promptTokenLimit: Longer prompts of token identifiers are not decoded.
    static func decode<Body: Decodable>(
        _ type: Body.Type,
        _ bytes: ByteBuffer,
        promptTokenLimit: Int
    ) throws -> Body {
        let decoder = JSONDecoder()
        if let key = CompletionPrompt.tokenLimitKey { decoder.userInfo[key] = promptTokenLimit }
        do {
            return try decoder.decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw APIError(error, body: Array(bytes.readableBytesView))
        }
    }

    /// Reads the body of a request and gives it to `use`.
    ///
    /// One that says that it is too large is refused at once. One that turns out to be is still read, up to a
    /// point, and thrown away: a client that sends before it listens would otherwise see a broken connection
    /// instead of the answer.
    func withBody<Value>(
        of request: Request,
        _ use: (ByteBuffer) async throws -> Value
    ) async throws -> Value {
        guard request.headers.saysJSON else { throw APIError.notJSON(request.headers) }
        // What is left of a body is read after the answer, but not where the connection ends with that.
        let closes = request.headers[.connection]?.lowercased() == "close"
        let length = request.headers[.contentLength].flatMap(Int.init) ?? 0
        guard length <= (closes ? Self.patience * limit : limit) else {
            throw APIError.bodyTooLarge(limit: limit)
        }
        var (bytes, received, share) = (ByteBuffer(), 0, 0)
        defer { held.subtract(share, ordering: .relaxed) }
        var parts = request.body.makeAsyncIterator()
        while let part = try await Self.next(&parts), received < Self.patience * limit {
            received += part.readableBytes
            guard received <= limit else {
                bytes = ByteBuffer()
                continue
            }
            share += part.readableBytes
            guard held.add(part.readableBytes, ordering: .relaxed).newValue <= total else {
                throw APIError.tooManyBodies
            }
            bytes.writeImmutableBuffer(part)
        }
        guard received <= limit else { throw APIError.bodyTooLarge(limit: limit) }
        return try await use(bytes)
    }

    private static func next(
        _ parts: inout RequestBody.AsyncIterator
    ) async throws(APIError) -> ByteBuffer? {
        do {
            return try await parts.next()
        } catch {
            throw .clientGone
        }
    }
}

extension HTTPFields {
    /// Whether the body is JSON by its own account. Browsers let any page send plain text or a form to a server
    /// on the user's machine, but not JSON.
    fileprivate var saysJSON: Bool {
        let type = self[.contentType]?.split(separator: ";", maxSplits: 1).first
        return type?.trimmingCharacters(in: .whitespaces).lowercased() == "application/json"
    }
}
