/// Cuts text into the pieces that are merged on their own; without stages, all text is one piece.
///
/// Stages run one after the other, each on every piece of the one before, as `Sequence` does in
/// `tokenizer.json`.
struct PreTokenizer: Sendable {
    enum Stage: Sendable {
        /// Cuts pieces at matches, or between them.
        case split(TextPattern, PieceCollector.Behavior, isInverted: Bool)
        /// Writes a scalar for every space.
        case spaces(written: UInt32)
        /// Puts a scalar before every piece that does not begin with it, or only before the piece
        /// at the start of the text.
        case prefix(UInt32, isFirstOnly: Bool)
    }

    /// GPT-2's expression, which `ByteLevel` with `use_regex` applies.
    static let byteLevelPattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    let stages: [Stage]

    /// Cuts `units`, which hold no guards; a stage may change them, and the pieces are ranges of
    /// the result.
    ///
    /// - Parameter isStart: Whether `units` are the start of the text.
    func pieces(of units: inout [UInt32], isStart: Bool) -> [Range<Int>] {
        guard !units.isEmpty else { return [] }
        var pieces = [0..<units.count]
        for stage in stages {
            switch stage {
            case .split(let pattern, let behavior, let isInverted):
                let capacity = max(pieces.count, units.count / 4)
                var collector = PieceCollector(behavior, capacity: capacity)
                pattern.forEachStretch(of: units, in: pieces) { stretch, isMatch, isFirst in
                    collector.add(stretch, isMatch: isMatch != isInverted, isFirst: isFirst)
                }
                pieces = collector.pieces
            case .spaces(let written):
                for index in units.indices where units[index] == 0x20 { units[index] = written }
            case .prefix(let scalar, let isFirstOnly):
                pieces = Self.prefix(scalar, &units, pieces) { piece in
                    !isFirstOnly || isStart && piece.lowerBound == 0
                }
            }
        }
        return pieces
    }

    private static func prefix(
        _ scalar: UInt32,
        _ units: inout [UInt32],
        _ pieces: [Range<Int>],
        where applies: (Range<Int>) -> Bool
    ) -> [Range<Int>] {
        var result: [UInt32] = []
        result.reserveCapacity(units.count + 1)
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(pieces.count)
        for piece in pieces {
            let start = result.count
            if units[piece.lowerBound] != scalar, applies(piece) { result.append(scalar) }
            result.append(contentsOf: units[piece])
            ranges.append(start..<result.count)
        }
        units = result
        return ranges
    }
}
