import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Writes the bodies of answers: keys sorted, so that the same answer is the same bytes.
enum JSONBody {
    /// A value as JSON.
    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try ByteBuffer(bytes: encoder.encode(value))
    }
}

extension Response {
    /// A response whose body is a value as JSON.
    init(status: HTTPResponse.Status = .ok, json value: some Encodable) {
        do {
            let body = try JSONBody.encode(value)
            self.init(
                status: status,
                headers: [
                    .contentType: "application/json",
                    .contentLength: "\(body.readableBytes)",
                ],
                body: ResponseBody(byteBuffer: body)
            )
        } catch {
            self.init(status: .internalServerError)
        }
    }
    /// An error's status, headers and body.
    init(to error: APIError) {
        self.init(status: error.status, json: error.body)
        if let seconds = error.retryAfterSeconds { headers[.retryAfter] = "\(seconds)" }
        if error.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    }
}
