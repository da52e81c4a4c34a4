/// Values whose size or form is looked at before they are decoded.
extension UnkeyedDecodingContainer {
    /// The rest of an array, counted first: a long one is refused without decoding its elements.
    mutating func elements<Element: Decodable>(
        of type: Element.Type,
        atMost limit: Int,
        _ things: String
    ) throws -> [Element] {
        if let count, count > limit {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription: "has \(count) \(things); allowed: at most \(limit)."
                )
            )
        }
        var elements: [Element] = []
        while !isAtEnd { elements.append(try decode(type)) }
        return elements
    }

    /// The next element when it is a string, else nil, and the element is still the next.
    mutating func stringIfAny() throws -> String? {
        do {
            return try decode(String.self)
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            return nil
        }
    }
}

extension Decoder {
    /// The string, or nil when the value is no string. One that is broken is an error.
    func stringIfAny() throws -> String? {
        do {
            return try singleValueContainer().decode(String.self)
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            return nil
        }
    }
}
