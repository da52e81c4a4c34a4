/// OpenAI's error body: `{"error": {"message", "type", "param", "code"}}`.
package struct ErrorBody: Codable, Equatable, Sendable {
    /// The error.
    package var error: ErrorDetails

    /// A body that holds the error.
    package init(_ error: ErrorDetails) {
        self.error = error
    }
}

/// What went wrong.
package struct ErrorDetails: Codable, Equatable, Sendable {
    /// For people.
    package var message: String
    /// The kind of error, for example `invalid_request_error`.
    package var type: String
    /// The field at fault.
    package var param: Nullable<String>
    /// For programs, for example `context_length_exceeded`.
    package var code: Nullable<String>

    /// What went wrong.
    package init(message: String, type: String, param: String?, code: String?) {
        self.message = message
        self.type = type
        self.param = Nullable(param)
        self.code = Nullable(code)
    }
}
