import HTTPTypes
import PagedEngine

extension APIError {
    /// The answer to a request that the engine did not take.
    init(_ error: SubmissionError) {
        switch error {
        case .queueFull(let waiting, let seconds):
            self.init(
                status: .tooManyRequests,
                message:
                    "All places are taken and \(waiting) requests are waiting. Try again later.",
                type: "rate_limit_error",
                code: "queue_full",
                retryAfterSeconds: max(1, seconds)
            )
        case .tooLong(let prompt, let output, let limit):
            self = .contextLengthExceeded(prompt: prompt, output: output, limit: limit)
        case .invalid(let problem):
            self.init(status: .badRequest, message: problem)
        case .shuttingDown:
            self = .shuttingDown
        }
    }

    /// The server is on its way out.
    static let shuttingDown = APIError(
        status: .serviceUnavailable,
        message: "The server is shutting down.",
        type: "server_error",
        code: "shutting_down",
        retryAfterSeconds: 5
    )

    /// Prompt and output do not fit together.
    static func contextLengthExceeded(
        param: String? = nil,
        prompt: Int,
        output: Int,
        limit: Int
    ) -> APIError {
        let (sum, overflows) = prompt.addingReportingOverflow(output)
        return APIError(
            status: .badRequest,
            message: """
                This model's maximum context length is \(limit) tokens. However, you requested \
                \(overflows ? .max : sum) tokens (\(prompt) in the prompt, \(output) in the completion). \
                Please reduce the length of the prompt or completion.
                """,
            param: param,
            code: "context_length_exceeded"
        )
    }

    /// A step of the engine failed.
    static func generationFailed(_ reason: String) -> APIError {
        APIError(
            status: .internalServerError,
            message: "Generation failed: \(reason)",
            type: "server_error",
            code: "generation_failed"
        )
    }
}
