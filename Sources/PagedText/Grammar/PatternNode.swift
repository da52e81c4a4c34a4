/// The syntax tree of a schema's regular expression, as far as it says which texts match.
indirect enum PatternNode {
    /// One scalar of the set.
    case set(ScalarRanges)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// Any number from `least` on if `most` is nil.
    case repetition(PatternNode, least: Int, most: Int?)

    /// Longer is as good as any length.
    private static let longest = 1 << 20

    /// How many scalars it takes, at least and at most; nil if there is no end.
    var length: (least: Int, most: Int?) {
        switch self {
        case .set: return (1, 1)
        case .sequence(let nodes):
            return nodes.map(\.length).reduce((0, 0)) { sum, next in
                let most = sum.1.flatMap { most in next.most.map { most + $0 } }
                return (min(sum.0 + next.least, Self.longest), most.map { min($0, Self.longest) })
            }
        case .choice(let nodes):
            let lengths = nodes.map(\.length)
            let most = lengths.map { $0.most ?? .max }.max() ?? 0
            return (lengths.map(\.least).min() ?? 0, most == .max ? nil : most)
        case .repetition(let node, let least, let most):
            let one = node.length
            let greatest = most.flatMap { most in one.most.map { min($0 * most, Self.longest) } }
            return (min(one.least * least, Self.longest), greatest)
        }
    }
}

/// A regular expression that is searched for in a text, as ECMA-262 says: one of its alternatives is to be found in it.
struct SearchPattern {
    struct Alternative {
        let node: PatternNode
        /// `^`
        let isAtStart: Bool
        /// `$`
        let isAtEnd: Bool
    }

    let alternatives: [Alternative]

    /// How many scalars a text has in which it is found.
    var length: (least: Int, most: Int?) {
        let isBounded = alternatives.allSatisfy { $0.isAtStart && $0.isAtEnd }
        let length = PatternNode.choice(alternatives.map(\.node)).length
        return (length.least, isBounded ? length.most : nil)
    }
}

/// What of a regular expression cannot be followed, and where.
struct PatternError: Error, Equatable {
    let problem: String
}
