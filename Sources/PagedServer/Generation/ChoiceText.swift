import PagedAPI
import PagedEngine
import PagedText

/// New text of one choice and the tokens that it came from.
struct TextPiece: Equatable, Sendable {
    /// A token and where its text starts, in Unicode scalars from the start of the output.
    struct Token: Equatable, Sendable {
        var token: GeneratedToken
        var offset: Int
    }

    /// A tool to be called.
    struct Call: Equatable, Sendable {
        /// Position among the calls of the choice.
        var index: Int
        var call: ToolCall
    }

    /// What the model says.
    var text = ""
    /// What it thinks.
    var thought = ""
    var calls: [Call] = []
    var tokens: [Token] = []

    /// Whether the last thing is a call that can be made.
    var endsInCall: Bool { calls.last?.call.isWhole == true }

    var isEmpty: Bool { text.isEmpty && thought.isEmpty && calls.isEmpty && tokens.isEmpty }

    /// The text; nil when there is something else instead.
    var content: String? { text.isEmpty && !(thought.isEmpty && calls.isEmpty) ? nil : text }

    static func += (piece: inout TextPiece, next: TextPiece) {
        piece.text += next.text
        piece.thought += next.thought
        piece.calls += next.calls
        piece.tokens += next.tokens
    }
}

/// What of an output is its text.
struct TextOptions: Sendable {
    /// Stop strings count after so many tokens.
    var minimumTokens = 0
    /// Whether the stop string or stop token at the end belongs to it.
    var showsStop = false
    /// Whether special tokens do.
    var showsSpecialTokens = false

    init() {}

    init(_ fields: GenerationFields) {
        minimumTokens = fields.minTokens ?? 0
        showsStop = fields.includeStopStringInOutput ?? false
        showsSpecialTokens = fields.skipSpecialTokens == false
    }
}

/// The output of one choice as it grows: tokens in, text out.
///
/// Text that may yet become part of a stop string or of a half-finished character is held back;
/// tokens come out with the text they belong to, so those of a stop string never do.
struct ChoiceText {
    private var decoder: IncrementalDecoder
    private var matcher: StopMatcher
    private var markup: MarkupText?
    private let stopTokens: Set<Int32>
    private let options: TextOptions
    private var tokenCount = 0
    /// Tokens whose text has not come out yet.
    private var pending: [TextPiece.Token] = []
    /// Unicode scalars decoded and given out so far.
    private var decoded = 0
    private var emitted = 0
    /// Whether a stop string has appeared: nothing comes after it.
    private(set) var isStopped = false

    init(
        tokenizer: Tokenizer,
        prompt: [Int32],
        stopTokens: Set<Int32>,
        stops: [String],
        options: TextOptions = TextOptions(),
        syntax: AnswerSyntax = AnswerSyntax()
    ) {
        decoder = IncrementalDecoder(
            tokenizer: tokenizer,
            skipSpecialTokens: !options.showsSpecialTokens,
            showing: Set(syntax.markers.compactMap(tokenizer.identifier)),
            after: prompt
        )
        markup = MarkupText(syntax)
        matcher = StopMatcher(stops: stops)
        self.stopTokens = stopTokens
        self.options = options
    }

    /// Takes the next token. Stop tokens have no text, unless it was asked for.
    mutating func append(_ token: GeneratedToken) -> TextPiece {
        let isShown = options.showsStop || !stopTokens.contains(token.token)
        guard !isStopped, isShown else { return TextPiece() }
        tokenCount += 1
        pending.append(TextPiece.Token(token: token, offset: decoded))
        return read(match(decoder.append(token.token)), isLast: isStopped)
    }

    /// There are no more tokens: gives out what was held back.
    mutating func finish() -> TextPiece {
        guard !isStopped else { return TextPiece() }
        var piece = match(decoder.finish())
        if !isStopped {
            piece.text += matcher.finish()
            piece.tokens += pending
            pending = []
        }
        return read(piece, isLast: true)
    }

    private mutating func read(_ piece: TextPiece, isLast: Bool) -> TextPiece {
        markup?.read(piece, isLast: isLast) ?? piece
    }

    private mutating func match(_ text: String) -> TextPiece {
        decoded += text.unicodeScalars.count
        let matches = tokenCount > options.minimumTokens
        var (emit, matched) = matches ? matcher.append(text) : (text, nil)
        if let matched, options.showsStop { emit += matched }
        emitted += emit.unicodeScalars.count
        isStopped = matched != nil
        guard !emit.isEmpty else { return TextPiece() }
        let covered = pending.prefix { $0.offset < emitted }
        pending.removeFirst(covered.count)
        return TextPiece(text: emit, tokens: Array(covered))
    }
}
