/// A byte-level byte-pair model: every byte has a token, merges build the longer ones.
struct BytePairModel: Sendable {
    var vocabulary: Vocabulary
    var merges: MergeTable
    /// The token of each byte; -1 for a byte that the vocabulary lacks, which is dropped.
    var byteTokens: [Int32]
    /// Looks a whole piece up in the vocabulary before merging.
    var ignoresMerges: Bool
}

/// Turns pieces of text into tokens; keeps its working memory between pieces.
struct PieceEncoder {
    private let model: BytePairModel
    private var merger: BytePairMerger
    private var bytes: [UInt8] = []
    private(set) var tokens: [Int32] = []

    init(_ model: BytePairModel) {
        self.model = model
        merger = BytePairMerger(model.merges)
    }

    mutating func append(token: Int32) { tokens.append(token) }

    mutating func append(tokens more: [Int32]) { tokens.append(contentsOf: more) }

    mutating func encode(_ piece: ArraySlice<UInt32>) {
        bytes.removeAll(keepingCapacity: true)
        for unit in piece { Self.appendUTF8(unit, to: &bytes) }
        if model.ignoresMerges, let token = wholePiece() {
            tokens.append(token)
            return
        }
        merger.begin()
        for byte in bytes where model.byteTokens[Int(byte)] >= 0 {
            merger.append(model.byteTokens[Int(byte)])
        }
        merger.finish(into: &tokens)
    }

    private func wholePiece() -> Int32? {
        var text: [UInt8] = []
        for byte in bytes { Self.appendUTF8(ByteAlphabet.scalars[Int(byte)], to: &text) }
        return model.vocabulary.number(of: text)
    }

    @inline(__always)
    private static func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func low(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case 0..<0x80: bytes.append(UInt8(scalar))
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | scalar >> 6))
            bytes.append(low(0))
        case 0x800..<0x10000:
            bytes.append(UInt8(0xE0 | scalar >> 12))
            bytes.append(low(6))
            bytes.append(low(0))
        default:
            bytes.append(UInt8(0xF0 | scalar >> 18 & 7))
            bytes.append(low(12))
            bytes.append(low(6))
            bytes.append(low(0))
        }
    }
}
