import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PagedAPI

/// Reads a request's body, which is decoded later.
struct BodyReader: Sendable {
    /// How many times `limit` is read before the connection is given up.
    private static let patience = 16

    /// Largest body in bytes.
    let limit: Int

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

    /// Collects the body. One that is too large is still read, up to a point, and thrown away: a
    /// client that sends before it listens would otherwise see a broken connection instead of the
    /// answer.
    func collect(_ body: RequestBody) async throws(APIError) -> ByteBuffer {
        var bytes = ByteBuffer()
        var received = 0
        var parts = body.makeAsyncIterator()
        while true {
            let part: ByteBuffer?
            do {
                part = try await parts.next()
            } catch {
                throw .clientGone
            }
            guard let part, received < Self.patience * limit else {
                guard received <= limit else { throw .bodyTooLarge(limit: limit) }
                return bytes
            }
            received += part.readableBytes
            if received <= limit { bytes.writeImmutableBuffer(part) } else { bytes = ByteBuffer() }
        }
    }
}
