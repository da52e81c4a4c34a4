import PagedModel
import PagedText

/// Whether a folder's tokenizer or chat template can be used.
struct TextReport: Encodable {
    /// What it is; nil if it is not there or cannot be used.
    private(set) var kind: String?
    /// Why it cannot be used.
    private(set) var refusal: String?

    init(tokenizerOf folder: ModelFolder) {
        do throws(CommandError) {
            let tokenizer = try folder.makeTokenizer()
            kind = "\(tokenizer.kind), \(counted(tokenizer.vocabularySize, "token"))"
        } catch {
            refusal = error.description
        }
    }

    init(templateOf folder: ModelFolder) {
        do throws(CommandError) {
            let template = try folder.makeTemplate()
            kind = template.map { template in
                template.markup.map { "the folder's; tools are called as \($0) models do" }
                    ?? "the folder's; tools cannot be called"
            }
        } catch {
            refusal = error.description
        }
    }

    var text: String { refusal.map { "not usable: \($0)" } ?? kind ?? "none" }
}
