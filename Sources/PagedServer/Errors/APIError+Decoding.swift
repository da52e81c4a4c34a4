import HTTPTypes

extension APIError {
    /// The answer to a body that is not the JSON that the route wants.
    init(_ error: DecodingError, body: [UInt8]) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalid(Self.path(context.codingPath + [key]), "is required.")
        case .valueNotFound(_, let context):
            self = .invalid(Self.path(context.codingPath), "must not be null.")
        case .typeMismatch(let type, let context):
            let found = context.debugDescription.split(separator: "but found ").last
                .map { String($0.split(separator: " instead").first ?? $0) }
            self = .invalid(
                Self.path(context.codingPath),
                "expected \(Self.words(for: type)) but found \(Self.found(found))."
            )
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self = .malformed(body)
        case .dataCorrupted(let context):
            self = .invalid(Self.path(context.codingPath), context.debugDescription)
        @unknown default:
            self.init(status: .badRequest, message: "The body is not valid.")
        }
    }

    /// Says where the JSON breaks off.
    private static func malformed(_ body: [UInt8]) -> APIError {
        var message = "The body is not valid JSON."
        if String(validating: body, as: UTF8.self) == nil {
            message = "The body is not valid JSON: it is not UTF-8."
        } else if let problem = JSONSyntax.problem(in: body) {
            let place = JSONSyntax.place(of: problem.offset, in: body)
            message = """
                The body is not valid JSON: expected \(problem.expected) \
                at line \(place.line), column \(place.column).
                """
        }
        return APIError(status: .badRequest, message: message, code: "invalid_json")
    }

    /// `messages[0].content`
    private static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return path.isEmpty ? "body" : path
    }

    /// JSON's words for what Foundation calls otherwise.
    private static func found(_ word: String?) -> String {
        switch word {
        case nil: "something else"
        case "bool", "a bool", "Bool": "a boolean"
        case "a dictionary": "an object"
        case "number": "a number"
        case let word?: word
        }
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is Int.Type, is Int64.Type: "an integer"
        case is Double.Type: "a number"
        case is String.Type: "a string"
        case is [Any].Type: "an array"
        case is [String: Any].Type: "an object"
        default: "another type"
        }
    }
}
