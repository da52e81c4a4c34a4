import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import PagedServer
import Testing

/// A server over a scripted generator, with fixed identifiers and time.
struct TestServer {
    let generator: ScriptedGenerator
    var configuration = ServerConfiguration()
    var template: String? = ByteModel.template
    var maximumRequests: Int?
    var tokenizer = ByteModel.tokenizer
    let log = LogLines()

    init(_ generator: ScriptedGenerator) {
        self.generator = generator
    }

    static let sources = ServerSources(
        makeIdentifier: { "0123456789abcdef0123456789abcdef" },
        secondsSince1970: { 1_700_000_000 }
    )

    func server() throws -> CompletionServer {
        CompletionServer(
            model: try ByteModel.served(
                generator,
                template: template,
                tokenizer: tokenizer,
                maximumRequests: maximumRequests
            ),
            configuration: configuration,
            logger: Logger(label: "test") { _ in log.handler },
            sources: Self.sources
        )
    }

    /// Sends one request through the router, as JSON unless `headers` say otherwise.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        bytes: [UInt8]? = nil,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await server().application().test(.router) { [headers] client in
            try await client.execute(
                uri: path,
                method: method,
                headers: headers,
                body: (bytes ?? body.map { Array($0.utf8) }).map { ByteBuffer(bytes: $0) }
            )
        }
    }

    @discardableResult
    func complete(_ body: String) async throws -> TestResponse {
        try await send(.post, "/v1/completions", body)
    }

    @discardableResult
    func chat(_ body: String) async throws -> TestResponse {
        try await send(.post, "/v1/chat/completions", body)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }
}
