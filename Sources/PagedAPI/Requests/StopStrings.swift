/// `stop`: a string or an array of strings.
package struct StopStrings: Decodable, Equatable, Sendable {
    /// Decoding reads this many and leaves the rest: more are refused, so nobody needs them.
    package static let decodingLimit = 64

    /// The strings.
    package let strings: [String]
    /// How many there were.
    package let count: Int

    /// Decodes either form.
    package init(from decoder: any Decoder) throws {
        if let string = try decoder.stringIfAny() {
            (strings, count) = ([string], 1)
            return
        }
        guard var items = try? decoder.unkeyedContainer() else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "must be a string or an array of strings"
                )
            )
        }
        var strings: [String] = []
        while !items.isAtEnd, strings.count < Self.decodingLimit {
            strings.append(try items.decode(String.self))
        }
        self.strings = strings
        count = items.count ?? strings.count
    }
}
