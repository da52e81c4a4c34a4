/// `logit_bias`: an object from token identifiers (as strings) to numbers.
package struct LogitBias: Decodable, Equatable, Sendable {
    /// More entries than this are counted and not decoded: they are refused anyway.
    package static let decodingLimit = 1024

    /// Value by the key as sent; empty when there are more than `decodingLimit`.
    package let entries: [String: Double]
    /// How many entries there were.
    package let count: Int

    /// Counts the keys first.
    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: AnyKey.self)
        let keys = keyed.allKeys
        count = keys.count
        var entries: [String: Double] = [:]
        if keys.count <= Self.decodingLimit {
            for key in keys {
                entries[key.stringValue] = try keyed.decode(Double.self, forKey: key)
            }
        }
        self.entries = entries
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
