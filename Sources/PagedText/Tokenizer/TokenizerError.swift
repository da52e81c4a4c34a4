/// Why a `tokenizer.json` was refused at load; encoding and decoding themselves cannot fail.
package enum TokenizerError: Error, Equatable, Sendable {
    /// The file is not what a `tokenizer.json` looks like.
    case malformed(String)
    /// The file asks for something that would give other tokens than it should: the feature by
    /// name.
    case notCovered(String)

    package var message: String {
        switch self {
        case .malformed(let reason): "tokenizer.json cannot be read: \(reason)"
        case .notCovered(let feature): "tokenizer.json needs \(feature), which is not covered yet"
        }
    }
}
