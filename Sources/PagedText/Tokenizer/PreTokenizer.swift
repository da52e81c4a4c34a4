/// Cuts text into the pieces that are merged on their own.
///
/// Stages run one after the other, each on every piece of the one before, as `Sequence` does in
/// `tokenizer.json`.
struct PreTokenizer: Sendable {
    enum Stage: Sendable {
        /// Matches become pieces; so does the text between them unless it is dropped.
        case split(PieceRegex, keepsGaps: Bool)
        /// Digits become pieces of their own, one by one or as runs.
        case digits(individually: Bool)
        /// Puts a space before every piece that has none.
        case prefixSpace
    }

    /// GPT-2's expression, which `ByteLevel` with `use_regex` applies.
    static let byteLevelPattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    let stages: [Stage]

    /// Cuts `units`, which hold no guards; a stage may change them, and the pieces are ranges of
    /// the result.
    func pieces(of units: inout [UInt32]) -> [Range<Int>] {
        guard !units.isEmpty else { return [] }
        var pieces = [0..<units.count]
        for stage in stages {
            switch stage {
            case .split(let regex, let keepsGaps):
                pieces = Self.split(units, pieces, regex, keepsGaps: keepsGaps)
            case .digits(let individually):
                pieces = Self.splitDigits(units, pieces, individually: individually)
            case .prefixSpace:
                pieces = Self.prefixSpaces(&units, pieces)
            }
        }
        return pieces
    }

    private static func split(
        _ units: [UInt32],
        _ pieces: [Range<Int>],
        _ regex: PieceRegex,
        keepsGaps: Bool
    ) -> [Range<Int>] {
        let classes = units.map { regex.classes($0) }
        var matcher = RegexMatcher(regex)
        var result: [Range<Int>] = []
        result.reserveCapacity(max(pieces.count, units.count / 4))
        for piece in pieces {
            var gap = piece.lowerBound
            var position = gap
            while position < piece.upperBound {
                guard let end = matcher.matchEnd(in: classes, from: position, to: piece.upperBound)
                else {
                    position += 1
                    continue
                }
                if gap < position, keepsGaps { result.append(gap..<position) }
                result.append(position..<end)
                position = end
                gap = end
            }
            if gap < position, keepsGaps { result.append(gap..<position) }
        }
        return result
    }

    private static func splitDigits(
        _ units: [UInt32],
        _ pieces: [Range<Int>],
        individually: Bool
    ) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for piece in pieces {
            var start = piece.lowerBound
            while start < piece.upperBound {
                let isDigit = isNumber(units[start])
                var end = start + 1
                while end < piece.upperBound, !(isDigit && individually),
                    isNumber(units[end]) == isDigit
                { end += 1 }
                result.append(start..<end)
                start = end
            }
        }
        return result
    }

    /// The number categories Nd, Nl and No.
    private static func isNumber(_ unit: UInt32) -> Bool {
        if unit < 0x80 { return (0x30...0x39).contains(unit) }
        switch unit.unguardedScalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return false
        }
    }

    private static func prefixSpaces(_ units: inout [UInt32], _ pieces: [Range<Int>]) -> [Range<
        Int
    >] {
        var result: [UInt32] = []
        var ranges: [Range<Int>] = []
        for piece in pieces {
            let start = result.count
            if units[piece.lowerBound] != 0x20 { result.append(0x20) }
            result.append(contentsOf: units[piece])
            ranges.append(start..<result.count)
        }
        units = result
        return ranges
    }
}
