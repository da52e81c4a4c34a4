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
            return response(to: error, context)
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return noRoute(for: request, context)
        } catch {
            logger.error("unexpected error", metadata: ["error": "\(error)"])
            return response(to: .unforeseen, context)
        }
    }

    private func noRoute(for request: Request, _ context: ServerRequestContext) -> Response {
        let path = request.uri.path
        let allowed = routes.methods(of: path)
        guard !allowed.isEmpty else {
            return response(to: .unknownRoute(request.method, path), context)
        }
        var refusal = response(
            to: .methodNotAllowed(request.method, path, allowed: allowed),
            context
        )
        refusal.headers[.allow] = allowed.joined(separator: ", ")
        return refusal
    }

    private func response(to error: APIError, _ context: ServerRequestContext) -> Response {
        context.record.setError(error)
        return Response(to: error)
    }
}
