import HTTPTypes

extension APIError {
    /// No such path.
    static func unknownRoute(_ method: HTTPRequest.Method, _ path: String) -> APIError {
        APIError(
            status: .notFound,
            message: "Unknown request URL: \(method.rawValue) \(path.prefix(200)).",
            code: "unknown_url"
        )
    }

    /// A known path, and a method that it does not answer.
    static func methodNotAllowed(
        _ method: HTTPRequest.Method,
        _ path: String,
        allowed: [String]
    ) -> APIError {
        APIError(
            status: .methodNotAllowed,
            message: """
                \(method.rawValue) is not allowed on \(path); \
                allowed: \(allowed.joined(separator: ", ")).
                """,
            code: "method_not_allowed"
        )
    }

    /// A name that is not this server's.
    static func hostNotAllowed(_ host: String) -> APIError {
        let host = host.prefix(100)
        return APIError(
            status: .forbidden,
            message: """
                The host '\(host)' is not allowed: any page on the web could call this server by a name of its \
                own. If it is yours, start the server with --allowed-host \(host).
                """,
            code: "host_not_allowed"
        )
    }

    /// No such model.
    static func unknownModel(_ name: String, served: String) -> APIError {
        APIError(
            status: .notFound,
            message: "The model '\(name.prefix(200))' does not exist. Served here: '\(served)'.",
            param: "model",
            code: "model_not_found"
        )
    }

    /// A body above the limit.
    static func bodyTooLarge(limit: Int) -> APIError {
        APIError(
            status: .contentTooLarge,
            message: "The request body is too large; at most \(limit) bytes are allowed.",
            code: "request_too_large"
        )
    }

    /// A body that is not JSON by its own account.
    static func notJSON(_ headers: HTTPFields) -> APIError {
        let type = headers[.contentType].map { "'\($0.prefix(100))'" } ?? "none"
        return APIError(
            status: .unsupportedMediaType,
            message: "Content-Type must be application/json, got \(type).",
            code: "unsupported_media_type"
        )
    }

    /// Other requests' bodies are what the server may hold of them.
    static let tooManyBodies = APIError(
        status: .serviceUnavailable,
        message: "The server is busy reading other requests. Try again.",
        type: "server_error",
        code: "server_busy",
        retryAfterSeconds: 1
    )

    /// Others have all connections.
    static let tooManyConnections = APIError(
        status: .serviceUnavailable,
        message: "The server has too many connections. Try again.",
        type: "server_error",
        code: "too_many_connections",
        retryAfterSeconds: 1
    )

    /// No API key, or one that is not known.
    static func unauthorized(hasKey: Bool) -> APIError {
        APIError(
            status: .unauthorized,
            message: hasKey
                ? "Incorrect API key provided."
                : "No API key provided. Send it as 'Authorization: Bearer KEY'.",
            type: "authentication_error",
            code: "invalid_api_key"
        )
    }

    /// Something unforeseen.
    static let unforeseen = APIError(
        status: .internalServerError,
        message: "The server had an unexpected error.",
        type: "server_error",
        code: "internal_error"
    )
}
