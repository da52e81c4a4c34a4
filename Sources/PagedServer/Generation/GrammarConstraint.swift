import PagedSampling
import PagedText

/// Holds the output of a request to a grammar.
struct GrammarConstraint: TokenConstraint {
    private var matcher: GrammarMatcher
    private let texts: TokenTexts
    /// Special tokens that the output may have, and how the grammar spells them.
    private let markers: [Int32: [UInt8]]
    private let stopTokens: Set<Int32>

    /// At the beginning of an output that ends with one of `stopTokens`.
    init(
        _ grammar: Grammar,
        texts: TokenTexts,
        markers: [Int32: [UInt8]] = [:],
        stopTokens: Set<Int32>
    ) {
        matcher = GrammarMatcher(grammar)
        self.texts = texts
        self.markers = markers
        self.stopTokens = stopTokens
    }

    mutating func allows(_ token: Int32) -> Bool {
        if stopTokens.contains(token) { return matcher.isComplete }
        return matcher.allows(bytes(of: token))
    }

    mutating func append(_ token: Int32) {
        if !stopTokens.contains(token) { matcher.append(bytes(of: token)) }
    }

    private func bytes(of token: Int32) -> ArraySlice<UInt8> {
        markers[token].map { $0[...] } ?? texts[token]
    }
}
