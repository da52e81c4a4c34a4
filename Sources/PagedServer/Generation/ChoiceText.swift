import PagedEngine
import PagedText

/// New text of one choice and the tokens that it came from.
struct TextPiece: Equatable, Sendable {
    /// A token and where its text starts, in Unicode scalars from the start of the output.
    struct Token: Equatable, Sendable {
        var token: GeneratedToken
        var offset: Int
    }

    var text = ""
    var tokens: [Token] = []

    var isEmpty: Bool { text.isEmpty && tokens.isEmpty }
}

/// The output of one choice as it grows: tokens in, text out.
///
/// Text that may yet become part of a stop string or of a half-finished character is held back;
/// tokens come out with the text they belong to, so those of a stop string never do.
struct ChoiceText {
    private var decoder: IncrementalDecoder
    private var matcher: StopMatcher
    private let stopTokens: Set<Int32>
    /// Tokens whose text has not come out yet.
    private var pending: [TextPiece.Token] = []
    /// Unicode scalars decoded and given out so far.
    private var decoded = 0
    private var emitted = 0
    /// Whether a stop string has appeared: nothing comes after it.
    private(set) var isStopped = false

    init(tokenizer: Tokenizer, prompt: [Int32], stopTokens: Set<Int32>, stops: [String]) {
        decoder = IncrementalDecoder(
            tokenizer: tokenizer,
            skipSpecialTokens: true,
            after: prompt
        )
        matcher = StopMatcher(stops: stops)
        self.stopTokens = stopTokens
    }

    /// Takes the next token. Stop tokens have no text.
    mutating func append(_ token: GeneratedToken) -> TextPiece {
        guard !isStopped, !stopTokens.contains(token.token) else { return TextPiece() }
        pending.append(TextPiece.Token(token: token, offset: decoded))
        return match(decoder.append(token.token))
    }

    /// There are no more tokens: gives out what was held back.
    mutating func finish() -> TextPiece {
        guard !isStopped else { return TextPiece() }
        var piece = match(decoder.finish())
        guard !isStopped else { return piece }
        piece.text += matcher.finish()
        piece.tokens += pending
        pending = []
        return piece
    }

    private mutating func match(_ text: String) -> TextPiece {
        decoded += text.unicodeScalars.count
        let (emit, matched) = matcher.append(text)
        emitted += emit.unicodeScalars.count
        isStopped = matched != nil
        guard !emit.isEmpty else { return TextPiece() }
        let covered = pending.prefix { $0.offset < emitted }
        pending.removeFirst(covered.count)
        return TextPiece(text: emit, tokens: Array(covered))
    }
}
