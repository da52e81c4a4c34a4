import HTTPTypes
import Hummingbird
import NIOCore

/// Lets pages of the allowed origins use the server from a browser (CORS), and no others.
///
/// Sits before keys are looked at, since preflights come without, and around errors, which pages want to read.
struct OriginMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    /// By origin, or `*`.
    private let allowed: [String: CORSMiddleware<Context>]

    init(_ origins: [String]) {
        // The official clients send headers of their own; `*` does not cover Authorization.
        let headers = [.authorization, .contentType] + [HTTPField.Name("*")].compactMap(\.self)
        let pairs = origins.map { origin in
            (
                origin.lowercased(),
                CORSMiddleware<Context>(
                    allowOrigin: origin == "*" ? .all : .custom(origin.lowercased()),
                    allowHeaders: headers,
                    allowMethods: [.get, .post],
                    maxAge: .hours(2)
                )
            )
        }
        allowed = Dictionary(pairs) { first, _ in first }
    }

    func handle(
        _ request: Request,
        context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], let cors = allowed[origin] ?? allowed["*"]
        else { return try await next(request, context) }
        var response = try await cors.handle(request, context: context, next: next)
        response.headers[.accessControlExposeHeaders] = "*"
        return response
    }
}
