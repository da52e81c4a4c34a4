/// Makes pieces of matches and the text between them, as the behaviours of `Split` do.
struct PieceCollector {
    /// What becomes of matches; the names are those of `tokenizer.json`.
    enum Behavior: String, Sendable {
        case removed = "Removed"
        /// Every match is a piece.
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        /// Matches in a row are one piece.
        case contiguous = "Contiguous"
    }

    private let behavior: Behavior
    private(set) var pieces: [Range<Int>] = []
    /// Whether the stretch before was a match; false at the start of a piece.
    private var followsMatch = false

    init(_ behavior: Behavior, capacity: Int) {
        self.behavior = behavior
        pieces.reserveCapacity(capacity)
    }

    /// Adds the next stretch; `isFirst` begins a piece, with which nothing before is merged.
    mutating func add(_ stretch: Range<Int>, isMatch: Bool, isFirst: Bool) {
        let afterMatch = followsMatch && !isFirst
        followsMatch = isMatch
        let isMerged =
            switch behavior {
            case .removed, .isolated: false
            case .mergedWithPrevious: !isFirst && isMatch && !afterMatch
            case .mergedWithNext: afterMatch && !isMatch
            case .contiguous: !isFirst && isMatch == afterMatch
            }
        if isMerged, let last = pieces.popLast() {
            pieces.append(last.lowerBound..<stretch.upperBound)
        } else if !(isMatch && behavior == .removed) {
            pieces.append(stretch)
        }
    }
}
