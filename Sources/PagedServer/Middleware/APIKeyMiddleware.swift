import HTTPTypes
import Hummingbird

/// Refuses requests without a known `Authorization: Bearer` key, except on open routes.
struct APIKeyMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let keys: APIKeys
    let routes: RouteTable

    func handle(
        _ request: Request,
        context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        guard keys.isRequired, !routes.isOpen(request.uri.path) else {
            return try await next(request, context)
        }
        guard let presented = Self.bearer(request.headers[.authorization]) else {
            throw APIError.unauthorized(hasKey: false)
        }
        guard let index = keys.index(of: presented.utf8) else {
            throw APIError.unauthorized(hasKey: true)
        }
        var context = context
        context.cacheSalt = keys.cacheSalt(forKey: index)
        return try await next(request, context)
    }

    private static func bearer(_ header: String?) -> Substring? {
        guard let header, let space = header.firstIndex(of: " "),
            header[..<space].lowercased() == "bearer"
        else { return nil }
        return header[space...].drop { $0 == " " }
    }
}
