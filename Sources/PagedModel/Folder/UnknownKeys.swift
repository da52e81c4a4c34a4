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
    /// Where and what, in one line.
    var summary: String {
        switch self {
        case .keyNotFound(let key, let context):
            return "\(Self.path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            let path = Self.path(context.codingPath)
            return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
        @unknown default:
            return "\(self)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map(\.stringValue).joined(separator: ".")
    }
}
