import Foundation
import PagedModel
import PagedText

extension ModelFolder {
    /// The folder's tokenizer.
    func makeTokenizer() throws(CommandError) -> Tokenizer {
        try Self.makeTokenizer(path: tokenizerPath)
    }

    /// The tokenizer of a `tokenizer.json`.
    static func makeTokenizer(path: String) throws(CommandError) -> Tokenizer {
        guard let json = FileManager.default.contents(atPath: path) else {
            throw CommandError("\(path) cannot be read; a tokenizer.json is needed")
        }
        do throws(TokenizerError) {
            return try Tokenizer(json: json)
        } catch {
            throw CommandError("\(path): \(error.message)")
        }
    }

    /// The folder's chat template; nil without one.
    func makeTemplate() throws(CommandError) -> ChatTemplate? {
        guard let source = chatTemplate else { return nil }
        do throws(TemplateError) {
            return try ChatTemplate(source: source, bosToken: bosText, eosToken: eosText)
        } catch {
            throw CommandError("the chat template of \(path): \(error.message)")
        }
    }
}
