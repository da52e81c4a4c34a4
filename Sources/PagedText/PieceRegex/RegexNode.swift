/// The syntax tree of a pre-tokenizer's regular expression.
indirect enum RegexNode {
    /// One scalar of the set.
    case set(ScalarSet)
    case sequence([RegexNode])
    /// The first alternative that lets the whole match succeed.
    case alternatives([RegexNode])
    /// Greedy repetition of a set; a possessive one never gives back.
    case repetition(ScalarSet, minimum: Int, maximum: Int, isPossessive: Bool)
    /// A greedy optional group.
    case optional(RegexNode)
    /// Looks at the next scalar without taking it; at the end of the text no set matches.
    case lookahead(ScalarSet, isExpected: Bool)

    /// The fewest scalars that this node takes.
    var minimumLength: Int {
        switch self {
        case .set: 1
        case .sequence(let nodes): nodes.reduce(0) { $0 + $1.minimumLength }
        case .alternatives(let nodes): nodes.map(\.minimumLength).min() ?? 0
        case .repetition(_, let minimum, _, _): minimum
        case .optional, .lookahead: 0
        }
    }

    /// Every set in the tree.
    var sets: [ScalarSet] {
        switch self {
        case .set(let set), .repetition(let set, _, _, _), .lookahead(let set, _): [set]
        case .sequence(let nodes), .alternatives(let nodes): nodes.flatMap(\.sets)
        case .optional(let node): node.sets
        }
    }
}

/// The part of a pattern that is not covered, and why.
struct RegexError: Error, Equatable {
    let reason: String
}
