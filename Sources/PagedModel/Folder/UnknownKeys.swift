internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Collects the keys of a JSON document that its reader does not know.
final class UnknownKeys: Sendable {
    static let userInfoKey = CodingUserInfoKey(rawValue: "unknownKeys")

    private let collected = Mutex<[String]>([])

    /// Full paths, such as `model.decoder.color`, in alphabetical order.
    var paths: [String] {
        collected.withLock { $0.sorted() }
    }

    func add(_ path: String) {
        collected.withLock { $0.append(path) }
    }
}

extension Decoder {
    /// The container of an object whose keys are the cases of `Keys`; all others are reported.
    func container<Keys: CodingKey & CaseIterable>(
        reporting keys: Keys.Type
    ) throws -> KeyedDecodingContainer<Keys> {
        let known = Set(Keys.allCases.map(\.stringValue))
        for found in try container(keyedBy: AnyKey.self).allKeys
        where !known.contains(found.stringValue) {
            reportUnknown(found)
        }
        return try container(keyedBy: keys)
    }

    /// Notes a key of the object that is being read.
    func reportUnknown(_ found: AnyKey) {
        guard let key = UnknownKeys.userInfoKey, let unknown = userInfo[key] as? UnknownKeys else {
            return
        }
        unknown.add((codingPath + [found]).map(\.stringValue).joined(separator: "."))
    }
}

/// A key of any name.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

extension DecodingError {
    /// Where and what, in one line, in the words of JSON.
    package var summary: String {
        switch self {
        case .keyNotFound(let key, let context):
            return "\(Self.path(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context):
            return "\(Self.path(context.codingPath)) is missing"
        case .typeMismatch(let type, let context):
            let path = Self.path(context.codingPath)
            let found = context.debugDescription.split(separator: "but found ").last
                .map { String($0.split(separator: " instead").first ?? $0) }
            return (path.isEmpty ? "" : path + " ")
                + "must be \(Self.words(for: type)), got \(Self.words(forFound: found ?? ""))"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return "is not valid JSON"
        case .dataCorrupted(let context):
            return "\(Self.path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "\(self)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map(\.stringValue).joined(separator: ".")
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is String.Type: "a string"
        case is [String: Any].Type: "an object"
        default: "an array"
        }
    }

    /// Foundation's words for what it found.
    private static func words(forFound word: String) -> String {
        switch word {
        case "bool": "true or false"
        case "number": "a number"
        case "a dictionary": "an object"
        default: word
        }
    }
}
