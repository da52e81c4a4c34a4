import HTTPTypes
import Hummingbird

/// A path, a method and what answers it.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, ServerRequestContext) async throws -> Response

    let method: HTTPRequest.Method
    /// In Hummingbird's notation: `:name` is one part, `**` at the end any number.
    let path: String
    /// Whether the route answers without an API key.
    var isOpen = false
    let handler: Handler

    /// Whether a request's path is this route's.
    func matches(_ requestPath: String) -> Bool {
        let pattern = path.split(separator: "/")
        let parts = requestPath.split(separator: "/")
        let isLongEnough =
            pattern.last == "**" ? pattern.count <= parts.count : pattern.count == parts.count
        return isLongEnough
            && zip(pattern, parts).allSatisfy { $0.starts(with: ":") || $0 == "**" || $0 == $1 }
    }
}

/// All routes of the server.
struct RouteTable: Sendable {
    let routes: [Route]

    /// The methods that a path answers, sorted; none for an unknown path.
    func methods(of path: String) -> [String] {
        routes.filter { $0.matches(path) }
            .flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] }
            .sorted()
    }

    /// Whether a path answers without an API key.
    func isOpen(_ path: String) -> Bool {
        routes.contains { $0.isOpen && $0.matches(path) }
    }

    /// A router with these routes behind the middlewares, which see unknown paths too.
    func makeRouter(
        behind middlewares: [any MiddlewareProtocol<Request, Response, ServerRequestContext>]
    ) -> Router<ServerRequestContext> {
        let router = Router(
            context: ServerRequestContext.self,
            options: .autoGenerateHeadEndpoints
        )
        for middleware in middlewares { router.add(middleware: middleware) }
        for route in routes {
            router.on(RouterPath(route.path), method: route.method, use: route.handler)
        }
        return router
    }
}
