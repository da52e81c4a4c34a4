/// Integers of requests: Foundation's own error for a fraction or a number out of range does not
/// say which field it was, so these overloads, which the compiler prefers inside this module, do.
extension KeyedDecodingContainer {
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try integerIfPresent(type, forKey: key)
    }

    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try integerIfPresent(type, forKey: key)
    }

    private func integerIfPresent<Value: FixedWidthInteger & Decodable>(
        _ type: Value.Type,
        forKey key: Key
    ) throws -> Value? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        let number: Double
        do {
            return try decode(Value.self, forKey: key)
        } catch let error as DecodingError {
            throw error
        } catch {
            number = try decode(Double.self, forKey: key)
        }
        throw DecodingError.dataCorruptedError(
            forKey: key,
            in: self,
            debugDescription: "\(number) is not an integer of \(Value.bitWidth) bits."
        )
    }
}
