/// The bytes that every token stands for inside a text, for those who ask often; none for special tokens.
package struct TokenTexts: Sendable {
    private let bytes: [UInt8]
    /// Where the bytes of each token end.
    private let ends: [Int]
    /// The most bytes that one token stands for; at least 1.
    package let longest: Int

    /// Looks at each token of a tokenizer once.
    package init(_ tokenizer: Tokenizer) {
        var (bytes, ends, longest): ([UInt8], [Int], Int) = ([], [], 1)
        for token in 0..<Int32(clamping: tokenizer.vocabularySize) {
            let own = tokenizer.tokenBytes(token) ?? []
            longest = max(longest, own.count)
            if !tokenizer.isSpecial(token) { bytes += own }
            ends.append(bytes.count)
        }
        (self.bytes, self.ends, self.longest) = (bytes, ends, longest)
    }

    /// The bytes of a token.
    package subscript(token: Int32) -> ArraySlice<UInt8> {
        guard ends.indices.contains(Int(token)) else { return [] }
        return bytes[(token == 0 ? 0 : ends[Int(token) - 1])..<ends[Int(token)]]
    }
}
