/// What a normaliser or pre-tokenizer looks for: a text as it is, or a regular expression.
enum TextPattern: Sendable {
    /// Scalars in a row, at least one.
    case literal([UInt32])
    case regex(PieceRegex)

    /// Calls `body` with every stretch of every piece in order: matches, and the text between them.
    ///
    /// Guards are no obstacle: only scalars are compared.
    func forEachStretch(
        of units: [UInt32],
        in pieces: [Range<Int>],
        _ body: (_ stretch: Range<Int>, _ isMatch: Bool, _ isFirst: Bool) -> Void
    ) {
        switch self {
        case .literal(let wanted):
            Self.forEachStretch(in: pieces, body) { position, end in
                guard position + wanted.count <= end else { return nil }
                for (offset, scalar) in wanted.enumerated()
                where units[position + offset].unguarded != scalar { return nil }
                return position + wanted.count
            }
        case .regex(let regex):
            let classes = units.map { regex.classes($0.unguarded) }
            var matcher = RegexMatcher(regex)
            Self.forEachStretch(in: pieces, body) { position, end in
                matcher.matchEnd(in: classes, from: position, to: end)
            }
        }
    }

    @inline(__always)
    private static func forEachStretch(
        in pieces: [Range<Int>],
        _ body: (_ stretch: Range<Int>, _ isMatch: Bool, _ isFirst: Bool) -> Void,
        _ matchEnd: (_ position: Int, _ end: Int) -> Int?
    ) {
        for piece in pieces {
            var gap = piece.lowerBound
            var position = gap
            while position < piece.upperBound {
                guard let end = matchEnd(position, piece.upperBound) else {
                    position += 1
                    continue
                }
                if gap < position { body(gap..<position, false, gap == piece.lowerBound) }
                body(position..<end, true, position == piece.lowerBound)
                position = end
                gap = end
            }
            if gap < position { body(gap..<position, false, gap == piece.lowerBound) }
        }
    }
}
