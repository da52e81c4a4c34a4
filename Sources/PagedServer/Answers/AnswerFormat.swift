import PagedAPI
import PagedSampling

/// One of the API's two ways to write a generation: as completions or as chat.
protocol AnswerFormat: Sendable {
    associatedtype Chunk: Encodable
    associatedtype Answer: Encodable

    /// What all parts of an answer have in common.
    var header: AnswerHeader { get }
    /// What a stream says about a choice before its first token; of its prompt's tokens it knows how
    /// likely they are, if the request wants that.
    func opening(choice: Int, prompt: [ScoredToken]) -> Chunk?
    /// New text of a choice.
    func delta(_ piece: TextPiece, choice: Int) -> Chunk
    /// The end of a choice.
    func ending(_ reason: String, choice: Int) -> Chunk
    /// The last chunk of a stream that was asked for it.
    func usage(_ usage: Usage) -> Chunk
    /// The whole answer of a request that does not stream.
    func answer(_ choices: [CollectedChoice], usage: Usage) -> Answer
}

/// A choice that has come to its end.
struct CollectedChoice: Sendable {
    /// How likely the prompt is, if the request wants that.
    var prompt: [ScoredToken] = []
    var piece = TextPiece()
    var finishReason = ""
}

/// What all parts of one answer have in common.
struct AnswerHeader: Sendable {
    let id: String
    let created: Int
    let model: String
    /// Whether chunks say `"usage": null` until the last.
    let includesUsage: Bool

    /// The `usage` of a chunk that has none.
    var absentUsage: Nullable<Usage>? { includesUsage ? .null : nil }
}
