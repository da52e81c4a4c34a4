/// Finds stop strings in text that arrives in pieces, and holds back only what may still become
/// one.
///
/// The stop string that is complete first wins, whatever the pieces; of several that end together,
/// the longest.
///
/// ```swift
/// var matcher = StopMatcher(stops: ["END"])
/// matcher.append("the E")   // emit "the "
/// matcher.append("ND now")  // emit "", matched "END"
/// ```
///
/// Time per byte of text is proportional to the number of stop strings (Knuth, Morris and Pratt
/// 1977).
package struct StopMatcher: Sendable {
    private struct Pattern {
        let text: String
        let bytes: [UInt8]
        /// For each prefix, the length of its longest proper border.
        let borders: [Int]
        /// How many bytes of the pattern the text so far ends with.
        var matched = 0
    }

    private var patterns: [Pattern]
    /// The end of the text so far, from the earliest byte that may belong to a stop string.
    private var held: [UInt8] = []
    private var isFinished = false

    /// Empty stop strings are ignored.
    package init(stops: [String]) {
        patterns = stops.filter { !$0.isEmpty }.map { stop in
            Pattern(
                text: stop,
                bytes: Array(stop.utf8),
                borders: TextSearch.borders(of: Array(stop.utf8))
            )
        }
    }

    /// Adds text; returns what is safe to show, and the stop string that was found, which is not
    /// shown.
    ///
    /// Nothing more is emitted after a match.
    package mutating func append(_ text: String) -> (emit: String, matched: String?) {
        guard !isFinished else { return ("", nil) }
        guard !patterns.isEmpty else { return (text, nil) }
        for byte in text.utf8 {
            held.append(byte)
            guard let found = advance(byte) else { continue }
            isFinished = true
            defer { held.removeAll() }
            return (String(decoding: held.dropLast(found.bytes.count), as: UTF8.self), found.text)
        }
        let keep = patterns.reduce(0) { max($0, $1.matched) }
        defer { held.removeFirst(held.count - keep) }
        return (String(decoding: held.dropLast(keep), as: UTF8.self), nil)
    }

    /// Returns what was held back when no more text comes.
    package mutating func finish() -> String {
        isFinished = true
        defer { held.removeAll() }
        return String(decoding: held, as: UTF8.self)
    }

    /// Moves every pattern on by a byte; returns the longest that is complete.
    private mutating func advance(_ byte: UInt8) -> Pattern? {
        var found: Pattern?
        for index in patterns.indices {
            var matched = patterns[index].matched
            while matched > 0, patterns[index].bytes[matched] != byte {
                matched = patterns[index].borders[matched - 1]
            }
            if patterns[index].bytes[matched] == byte { matched += 1 }
            patterns[index].matched = matched
            if matched == patterns[index].bytes.count, matched > found?.bytes.count ?? 0 {
                found = patterns[index]
            }
        }
        return found
    }
}
