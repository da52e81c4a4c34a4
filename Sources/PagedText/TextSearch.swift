/// Finds a text in others in linear time (Knuth, Morris and Pratt 1977): no text that somebody sends
/// can make a template search for long.
struct TextSearch {
    private let wanted: [UInt32]
    private let borders: [Int]

    init(_ wanted: GuardedText) {
        self.wanted = wanted.units.map(\.unguarded)
        borders = Self.borders(of: self.wanted)
    }

    /// Where the wanted text first is, at `start` or later.
    func firstIndex(in text: GuardedText, from start: Int = 0) -> Int? {
        guard !wanted.isEmpty else { return start }
        var matched = 0
        for index in start..<text.count {
            let scalar = text.units[index].unguarded
            while matched > 0, wanted[matched] != scalar { matched = borders[matched - 1] }
            if wanted[matched] == scalar { matched += 1 }
            if matched == wanted.count { return index + 1 - matched }
        }
        return nil
    }

    /// For each beginning of a pattern, the length of its longest proper border.
    static func borders(of pattern: [some Equatable]) -> [Int] {
        var borders = [Int](repeating: 0, count: pattern.count)
        var length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
            if pattern[index] == pattern[length] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
