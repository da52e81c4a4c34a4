/// A byte-pair model: scalars or bytes have tokens, merges build the longer ones.
struct BytePairModel: Sendable {
    var vocabulary: Vocabulary
    /// Of the vocabulary without added tokens.
    let ordinarySize: Int
    var merges: MergeTable
    /// The tokens of single scalars.
    var scalarTokens: ScalarMap
    /// Whether pieces are written in `ByteAlphabet` before they are merged.
    var isByteLevel: Bool
    /// For scalars without a token, the tokens `<0x00>` to `<0xFF>`; nil where the vocabulary lacks
    /// one. Empty without `byte_fallback`.
    var byteTokens: [Int32?]
    /// For scalars without any token; without it they are dropped.
    var unknownToken: Int32?
    /// Whether unknown scalars in a row are one token.
    var fusesUnknown: Bool
    /// Looks a whole piece up in the vocabulary before merging.
    var ignoresMerges: Bool
    /// Where pieces may be cut further; nil where that could change their tokens.
    var seams: Seams?
    /// Tokens that text never becomes by merging: special ones, and those that only the list of
    /// added tokens has.
    var unmergeable: Set<Int32>
}

/// Turns pieces of text into tokens; keeps its working memory and its cache between pieces.
struct PieceEncoder {
    private let model: BytePairModel
    private var merger: BytePairMerger
    private var cache = PieceCache()
    private(set) var tokens: [Int32] = []

    init(_ model: BytePairModel) {
        self.model = model
        merger = BytePairMerger(model.merges)
    }

    mutating func append(token: Int32) { tokens.append(token) }

    mutating func append(tokens more: [Int32]) { tokens.append(contentsOf: more) }

    mutating func encode(_ piece: ArraySlice<UInt32>) {
        guard let seams = model.seams else { return encodePart(piece) }
        var start = piece.startIndex
        for index in piece.indices.dropFirst() where seams.areApart(piece[index - 1], piece[index])
        {
            encodePart(piece[start..<index])
            start = index
        }
        encodePart(piece[start...])
    }

    @inline(__always)
    private mutating func encodePart(_ part: ArraySlice<UInt32>) {
        if cache.append(part, to: &tokens) { return }
        let start = tokens.count
        model.merge(part, &merger, &tokens)
        cache.insert(part, tokens[start...])
    }
}

extension BytePairModel {
    fileprivate func merge(
        _ piece: ArraySlice<UInt32>,
        _ merger: inout BytePairMerger,
        _ tokens: inout [Int32]
    ) {
        if ignoresMerges, let token = wholePiece(piece) {
            tokens.append(token)
            return
        }
        merger.begin()
        var symbols = SymbolWriter(model: self)
        for scalar in piece {
            if isByteLevel {
                scalar.forEachByte { byte in
                    symbols.append(ByteAlphabet.scalars[Int(byte)], to: &merger)
                }
            } else {
                symbols.append(scalar, to: &merger)
            }
        }
        symbols.finish(&merger)
        merger.finish(into: &tokens)
    }

    private func wholePiece(_ piece: ArraySlice<UInt32>) -> Int32? {
        var text: [UInt8] = []
        for scalar in piece {
            scalar.forEachByte { byte in
                guard isByteLevel else { return text.append(byte) }
                ByteAlphabet.scalars[Int(byte)].forEachByte { text.append($0) }
            }
        }
        guard let token = vocabulary.number(of: text), !unmergeable.contains(token) else {
            return nil
        }
        return token
    }
}

/// Finds the tokens that a piece consists of before it is merged.
private struct SymbolWriter {
    let model: BytePairModel
    private var hasUnknown = false

    init(model: BytePairModel) { self.model = model }

    @inline(__always)
    mutating func append(_ scalar: UInt32, to merger: inout BytePairMerger) {
        if let token = model.scalarTokens[scalar] {
            finish(&merger)
            merger.append(token)
        } else {
            appendUnknown(scalar, to: &merger)
        }
    }

    /// The order is that of `tokenizers`, where byte tokens overtake an unknown one before them.
    private mutating func appendUnknown(_ scalar: UInt32, to merger: inout BytePairMerger) {
        if !model.byteTokens.isEmpty {
            var bytes: [Int32?] = []
            scalar.forEachByte { bytes.append(model.byteTokens[Int($0)]) }
            if !bytes.contains(nil) {
                for case let token? in bytes { merger.append(token) }
                return
            }
        }
        if !model.fusesUnknown { finish(&merger) }
        hasUnknown = model.unknownToken != nil
    }

    /// Adds the token of unknown scalars that are not followed by more of them.
    mutating func finish(_ merger: inout BytePairMerger) {
        guard hasUnknown, let token = model.unknownToken else { return }
        merger.append(token)
        hasUnknown = false
    }
}

extension UInt32 {
    /// Calls `body` with the UTF-8 of a scalar value.
    @inline(__always)
    fileprivate func forEachByte(_ body: (UInt8) -> Void) {
        func low(_ shift: UInt32) -> UInt8 { UInt8(0x80 | self >> shift & 0x3F) }
        switch self {
        case 0..<0x80: body(UInt8(self))
        case 0x80..<0x800:
            body(UInt8(0xC0 | self >> 6))
            body(low(0))
        case 0x800..<0x10000:
            body(UInt8(0xE0 | self >> 12))
            body(low(6))
            body(low(0))
        default:
            body(UInt8(0xF0 | self >> 18 & 7))
            body(low(12))
            body(low(6))
            body(low(0))
        }
    }
}
