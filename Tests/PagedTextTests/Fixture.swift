import Foundation
import PagedText
import Testing

/// Files under Tests/Fixtures, found next to the sources.
enum Fixture {
    static func data(_ path: String, sourceFile: String = #filePath) throws -> Data {
        let folder = URL(fileURLWithPath: sourceFile).deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(path)"))
    }

    static func json(_ path: String) throws -> TemplateValue {
        try #require(TemplateValue(json: try data(path)), "\(path) is no JSON")
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: try data("tokenizers/\(name).json"))
    }
}

// Reading fixtures: their values are what templates get, so order and number types are kept.
extension TemplateValue {
    subscript(name: String) -> TemplateValue? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var array: [TemplateValue] { if case .array(let value) = self { value } else { [] } }

    var members: [String: TemplateValue] {
        guard case .object(let object) = self else { return [:] }
        return Dictionary(object.members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
}
