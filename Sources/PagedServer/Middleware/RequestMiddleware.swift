import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an identifier and, at its end, a line in the log.
struct RequestMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let sources: ServerSources
    let logger: Logger

    func handle(
        _ request: Request,
        context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        let identifier =
            Self.acceptable(request.headers.requestIdentifier) ?? sources.makeIdentifier()
        context.record.begin(
            identifier: identifier,
            route: "\(request.method.rawValue) \(request.uri.path)"
        )
        var response = try await next(request, context)
        response.headers.requestIdentifier = identifier
        context.record.setStatus(response.status.code)
        if !context.record.isStreaming { context.record.log(to: logger) }
        return response
    }

    /// A client's identifier, when it is short and plain.
    private static func acceptable(_ identifier: String?) -> String? {
        guard let identifier, (1...128).contains(identifier.utf8.count),
            identifier.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return identifier
    }
}

extension HTTPFields {
    /// `X-Request-Id`
    var requestIdentifier: String? {
        get { HTTPField.Name("X-Request-Id").flatMap { self[$0] } }
        set {
            guard let name = HTTPField.Name("X-Request-Id") else { return }
            self[name] = newValue
        }
    }
}
