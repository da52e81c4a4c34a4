/// Splits text at added tokens: the leftmost match wins, then the longest.
struct AddedTokenFinder: Sendable {
    /// A stretch of text, or an added token.
    enum Segment {
        case text(Range<Int>)
        case token(Int32)
    }

    private let tokens: [AddedToken]
    /// A trie over scalars: (node << 32 | scalar) -> node; node 0 is the root.
    private var children: [UInt64: Int] = [:]
    /// The token that ends at a node, as an index.
    private var ends: [Int?] = [nil]
    private var firstASCII = [Bool](repeating: false, count: 128)
    private var firstOther: Set<UInt32> = []

    var isEmpty: Bool { tokens.isEmpty }

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens.filter { !$0.text.isEmpty }
        for (index, token) in self.tokens.enumerated() {
            var node = 0
            for scalar in token.text.unicodeScalars {
                let key = UInt64(node) << 32 | UInt64(scalar.value)
                if let next = children[key] {
                    node = next
                } else {
                    ends.append(nil)
                    node = ends.count - 1
                    children[key] = node
                }
            }
            ends[node] = index
            if let first = token.text.unicodeScalars.first?.value {
                if first < 128 { firstASCII[Int(first)] = true } else { firstOther.insert(first) }
            }
        }
    }

    /// Calls `body` with the segments of `units`, in order.
    ///
    /// With `parsesSpecial` false, special tokens are found and left as text, as `tokenizers` does
    /// for `encode_special_tokens`. Guarded units are never part of a special token, and no token
    /// lies half in guarded text.
    func forEachSegment(
        of units: [UInt32],
        parsesSpecial: Bool,
        _ body: (Segment) -> Void
    ) {
        var done = 0
        var position = 0
        while position < units.count {
            guard let (index, end) = longestMatch(in: units, at: position) else {
                position += 1
                continue
            }
            let token = tokens[index]
            let start = position
            position = end
            if token.isSpecial, !parsesSpecial { continue }
            if token.isSingleWord, touchesWord(units, start..<end) { continue }
            let from = token.stripsLeft ? max(done, spaceStart(units, before: start)) : start
            let to = token.stripsRight ? spaceEnd(units, after: end) : end
            if done < from { body(.text(done..<from)) }
            body(.token(token.number))
            done = to
        }
        if done < units.count { body(.text(done..<units.count)) }
    }

    private func longestMatch(in units: [UInt32], at start: Int) -> (index: Int, end: Int)? {
        let first = units[start].unguarded
        guard first < 128 ? firstASCII[Int(first)] : firstOther.contains(first) else { return nil }
        var best: (index: Int, end: Int)?
        var node = 0
        var position = start
        let isGuarded = units[start].isGuarded
        while position < units.count, units[position].isGuarded == isGuarded,
            let next = children[UInt64(node) << 32 | UInt64(units[position].unguarded)]
        {
            node = next
            position += 1
            if let index = ends[node], !(isGuarded && tokens[index].isSpecial) {
                best = (index, position)
            }
        }
        return best
    }
}

// MARK: - Flags

extension AddedTokenFinder {
    private func touchesWord(_ units: [UInt32], _ range: Range<Int>) -> Bool {
        range.lowerBound > 0 && isWord(units[range.lowerBound - 1])
            || range.upperBound < units.count && isWord(units[range.upperBound])
    }

    /// `\w` as Unicode defines it for regular expressions.
    private func isWord(_ unit: UInt32) -> Bool {
        let properties = unit.unguardedScalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
            return true
        default: return false
        }
    }

    private func spaceStart(_ units: [UInt32], before end: Int) -> Int {
        var start = end
        while start > 0, ScalarSet.isWhitespace(units[start - 1].unguarded) { start -= 1 }
        return start
    }

    private func spaceEnd(_ units: [UInt32], after start: Int) -> Int {
        var end = start
        while end < units.count, ScalarSet.isWhitespace(units[end].unguarded) { end += 1 }
        return end
    }
}
