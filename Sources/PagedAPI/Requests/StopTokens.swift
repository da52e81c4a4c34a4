/// `stop_token_ids`: an array of token identifiers.
package struct StopTokens: Decodable, Equatable, Sendable {
    /// Most tokens; more are counted and not decoded.
    package static let limit = 64

    /// The tokens as sent.
    package let tokens: [Int]

    /// Counts the tokens first.
    package init(from decoder: any Decoder) throws {
        var items = try decoder.unkeyedContainer()
        tokens = try items.elements(of: Int.self, atMost: Self.limit, "tokens")
    }
}
