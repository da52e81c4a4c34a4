/// Why a chat template was refused at load, or why it could not render a chat.
package enum TemplateError: Error, Equatable, Sendable {
    /// The source is no valid template.
    case syntax(String, line: Int)
    /// The source uses a part of Jinja2 that is not covered: the part by name.
    case notCovered(String, line: Int)
    /// The template itself refused the messages, with `raise_exception`.
    case raised(String)
    /// Rendering went wrong where Jinja2 would raise an error too.
    case failed(String, line: Int = 0)
    /// Rendering took more steps or wrote more text than `TemplateLimits` allows.
    case limitExceeded(String, line: Int = 0)

    package var message: String {
        switch self {
        case .syntax(let reason, let line): "chat template, line \(line): \(reason)"
        case .notCovered(let feature, let line):
            "chat template, line \(line): \(feature) is not covered"
        case .raised(let message): message
        case .failed(let reason, let line): "chat template, line \(line): \(reason)"
        case .limitExceeded(let limit, let line):
            "chat template, line \(line): more than the limit of \(limit)"
        }
    }

    /// The error with the line at which rendering stopped.
    func stopped(at line: Int) -> TemplateError {
        switch self {
        case .failed(let reason, _): .failed(reason, line: line)
        case .limitExceeded(let limit, _): .limitExceeded(limit, line: line)
        default: self
        }
    }
}

/// How much work one rendering may do.
package struct TemplateLimits: Sendable {
    /// Evaluated expressions and statements; making text and lists counts in proportion to their
    /// size.
    package var steps = 4_000_000
    /// Unicode scalars of output.
    package var output = 16_000_000
    /// Evaluations inside evaluations, including macro calls.
    package var depth = 400

    package init() {}
}
