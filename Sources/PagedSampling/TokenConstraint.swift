/// What the output of one request may be, token by token, such as JSON.
///
/// A sampler asks before it takes a token, and says what it has taken. Tokens that are not allowed count as if
/// their logits were -infinity.
public protocol TokenConstraint: Sendable {
    /// Whether a token may come next.
    mutating func allows(_ token: Int32) -> Bool
    /// Goes on after a token.
    mutating func append(_ token: Int32)
}
