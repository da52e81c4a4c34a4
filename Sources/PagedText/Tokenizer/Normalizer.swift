/// Changes text before it is cut into pieces.
struct Normalizer: Sendable {
    enum Stage: Sendable {
        /// Unicode normalisation form C.
        case composed
        /// Puts a text before any other.
        case prepend([UInt32])
        /// Writes a text for every match.
        case replace(TextPattern, by: [UInt32])
    }

    let stages: [Stage]

    /// The changed text; what stands for guarded text is guarded.
    func apply(to units: [UInt32]) -> [UInt32] {
        var units = units
        for stage in stages {
            switch stage {
            case .composed: units = CanonicalComposition.apply(to: units)
            case .prepend(let text):
                guard let first = units.first else { continue }
                let mark = first & GuardedText.guardBit
                units.insert(contentsOf: text.map { $0 | mark }, at: 0)
            case .replace(let pattern, let text): units = Self.replace(pattern, by: text, units)
            }
        }
        return units
    }

    private static func replace(
        _ pattern: TextPattern,
        by text: [UInt32],
        _ units: [UInt32]
    ) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(units.count)
        pattern.forEachStretch(of: units, in: [0..<units.count]) { stretch, isMatch, _ in
            guard isMatch else {
                result.append(contentsOf: units[stretch])
                return
            }
            let mark = units[stretch].contains(where: \.isGuarded) ? GuardedText.guardBit : 0
            for scalar in text { result.append(scalar | mark) }
        }
        return result
    }
}
