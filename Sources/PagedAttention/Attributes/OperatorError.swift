/// Why the operator refuses a node or a call.
public enum OperatorError: Error, Equatable, Sendable {
    /// An attribute, a shape or a value breaks a rule of the operator.
    case invalidArgument(String)
    /// The call is valid, but this build has no implementation of a feature that it asks for.
    case notImplemented(String)

    /// What is wrong, with the tensor or attribute and the value seen.
    public var message: String {
        switch self {
        case .invalidArgument(let message), .notImplemented(let message): message
        }
    }
}
