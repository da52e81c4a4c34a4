/// The prompts of a completion request: one or a batch, as text or as token identifiers.
package enum CompletionPrompt: Equatable, Sendable, Decodable {
    /// `"text"` or `["text", "text"]`
    case texts([String])
    /// `[1, 2, 3]` or `[[1, 2], [3]]`
    case tokens([[Int]])
    /// A batch of more than `decodingLimit` prompts: refused anyway, so only counted.
    case oversized(count: Int)
    /// A prompt of more tokens than the decoder's `promptTokenLimit`: only counted, too.
    case tooLong(tokens: Int)

    /// The largest batch that is decoded.
    package static let decodingLimit = 128
    /// The most tokens of a prompt that are decoded, an `Int` in the decoder's `userInfo`.
    package static let tokenLimitKey = CodingUserInfoKey(rawValue: "promptTokenLimit")

    /// Decodes any of the four forms; the first element of an array decides which one it is.
    package init(from decoder: any Decoder) throws {
        if let text = try decoder.stringIfAny() {
            self = .texts([text])
            return
        }
        guard var items = try? decoder.unkeyedContainer() else {
            throw Self.unexpected(decoder)
        }
        if items.isAtEnd {
            self = .texts([])
        } else if let first = try items.stringIfAny() {
            if let count = Self.excess(of: items) {
                self = .oversized(count: count)
                return
            }
            self = .texts(try Self.rest(of: &items, after: first))
        } else if let first = try? items.decode(Int.self) {
            if let count = items.count, count > Self.tokenLimit(decoder) {
                self = .tooLong(tokens: count)
                return
            }
            self = .tokens([try Self.rest(of: &items, after: first)])
        } else if let count = Self.excess(of: items) {
            self = .oversized(count: count)
        } else {
            self = try Self.batch(of: &items, decoder)
        }
    }

    static func tokenLimit(_ decoder: any Decoder) -> Int {
        tokenLimitKey.flatMap { decoder.userInfo[$0] as? Int } ?? .max
    }

    private static func batch(
        of items: inout any UnkeyedDecodingContainer,
        _ decoder: any Decoder
    ) throws -> CompletionPrompt {
        var batch: [[Int]] = []
        while !items.isAtEnd {
            guard var tokens = try? items.nestedUnkeyedContainer() else {
                throw unexpected(decoder)
            }
            if let count = tokens.count, count > tokenLimit(decoder) {
                return .tooLong(tokens: count)
            }
            batch.append(try tokens.elements(of: Int.self, atMost: .max, "tokens"))
        }
        return .tokens(batch)
    }

    private static func excess(of items: any UnkeyedDecodingContainer) -> Int? {
        items.count.flatMap { $0 > decodingLimit ? $0 : nil }
    }

    private static func rest<Element: Decodable>(
        of items: inout any UnkeyedDecodingContainer,
        after first: Element
    ) throws -> [Element] {
        var elements = [first]
        while !items.isAtEnd { elements.append(try items.decode(Element.self)) }
        return elements
    }

    private static func unexpected(_ decoder: any Decoder) -> DecodingError {
        .dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: """
                    must be a string, an array of strings, an array of token identifiers \
                    or an array of arrays of token identifiers
                    """
            )
        )
    }
}
