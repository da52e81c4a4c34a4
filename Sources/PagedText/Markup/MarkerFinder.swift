/// Finds markers in text that arrives in pieces, and holds back only what may still become one.
struct MarkerFinder: Sendable {
    /// Text that was not given out.
    private var held: ArraySlice<UInt8> = []

    /// Adds text.
    mutating func append(_ text: String) { held.append(contentsOf: text.utf8) }

    /// The text before the first of the markers, and which it is; without one, all text that
    /// cannot be the beginning of one.
    mutating func next(_ markers: [String]) -> (text: String, marker: String?) {
        for start in held.indices {
            let rest = held[start...]
            for marker in markers where rest.starts(with: marker.utf8) {
                let text = take(upTo: start)
                held = held.dropFirst(marker.utf8.count)
                return (text, marker)
            }
            if markers.contains(where: { $0.utf8.starts(with: rest) }) {
                return (take(upTo: start), nil)
            }
        }
        return (take(upTo: held.endIndex), nil)
    }

    /// Everything that was held back.
    mutating func finish() -> String { take(upTo: held.endIndex) }

    private mutating func take(upTo end: Int) -> String {
        defer { held = ArraySlice(Array(held[end...])) }
        return String(decoding: held[..<end], as: UTF8.self)
    }
}
