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
                let calls = template.markup.map { "tools are called as \($0) models do" }
                let thoughts = template.writesThoughts ? "; thoughts in <think> are told apart" : ""
                return "the folder's; \(calls ?? "tools cannot be called")\(thoughts)"
            }
        } catch {
            refusal = error.description
        }
    }

    var text: String { refusal.map { "not usable: \($0)" } ?? kind ?? "none" }
}
