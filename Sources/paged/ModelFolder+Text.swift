import Foundation
import PagedModel
import PagedText

extension ModelFolder {
    /// The folder's tokenizer.
    func makeTokenizer() throws(CommandError) -> Tokenizer {
        guard let json = FileManager.default.contents(atPath: tokenizerPath) else {
            throw CommandError("\(path) has no tokenizer.json")
        }
        do throws(TokenizerError) {
            return try Tokenizer(json: json)
        } catch {
            throw CommandError("\(tokenizerPath): \(error.message)")
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
