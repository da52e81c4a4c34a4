import Hummingbird

/// Refuses requests that name a host which is not this server's.
///
/// With 403, as other servers on users' machines do (Ollama, Vite): 421 would ask clients to try again over
/// another connection.
struct HostMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let hosts: AllowedHosts

    func handle(
        _ request: Request,
        context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        // Browsers always send one; HTTP/1.0 does not ask for it (RFC 9112, section 3.2).
        if let authority = request.head.authority {
            let host = AllowedHosts.host(of: authority)
            guard hosts.contain(host) else { throw APIError.hostNotAllowed(host) }
        }
        return try await next(request, context)
    }
}
