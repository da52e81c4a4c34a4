import Logging
import HTTPTypes
import Hummingbird

/// Turns every error into OpenAI's error body.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let routes: RouteTable
    let logger: Logger

    func handle(
        _ request: Request,
        context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return Self.response(to: error)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return noRoute(for: request)
        } catch {
            logger.error("unexpected error", metadata: ["error": "\(error)"])
            return Self.response(to: .unforeseen)
        }
    }

    private func noRoute(for request: Request) -> Response {
        let path = request.uri.path
        let allowed = routes.methods(of: path)
        guard !allowed.isEmpty else {
            return Self.response(to: .unknownRoute(request.method, path))
        }
        var response = Self.response(
            to: .methodNotAllowed(request.method, path, allowed: allowed)
        )
        response.headers[.allow] = allowed.joined(separator: ", ")
        return response
    }

    /// The error's status, headers and body.
    static func response(to error: APIError) -> Response {
        var response = Response(status: error.status, json: error.body)
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = "\(seconds)" }
        if error.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}
