import HTTPTypes
import PagedAPI

/// A refusal or failure as clients see it.
struct APIError: Error, Equatable {
    var status: HTTPResponse.Status
    var message: String
    /// OpenAI's word for the kind of error.
    var type = "invalid_request_error"
    /// The field at fault.
    var param: String?
    /// The error for programs.
    var code: String?
    /// After how many seconds to try again.
    var retryAfterSeconds: Int?

    /// The error as OpenAI writes it.
    var body: ErrorBody {
        ErrorBody(ErrorDetails(message: message, type: type, param: param, code: code))
    }

    /// A 400 about one field.
    static func invalid(_ param: String, _ problem: String, code: String? = nil) -> APIError {
        APIError(
            status: .badRequest,
            message: "\(param): \(problem)",
            param: param,
            code: code
        )
    }
}
