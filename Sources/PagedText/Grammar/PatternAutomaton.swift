/// Which characters of a regular expression may follow which.
///
/// ```
/// ^a(b|c)*$     sets       a  b  c           (Glushkov, 1961: a state for each, which it is entered with)
/// first a       following  0: 1 2   1: 1 2   2: 1 2
/// last  a b c
/// ```
///
/// Repetitions are written out. What would take more than `mostSteps` is refused before it does.
struct PatternAutomaton {
    struct Fragment {
        var first: [Int] = []
        var last: [Int] = []
        /// Whether an empty text is among those that match.
        var isOptional = true
    }

    private static let mostSteps = 20_000

    private(set) var sets: [ScalarRanges] = []
    private(set) var following: [[Int]] = []
    private var steps = 0

    /// Adds the states of a tree.
    mutating func add(_ node: PatternNode) throws(PatternError) -> Fragment {
        try count(1)
        switch node {
        case .set(let set):
            sets.append(set)
            following.append([])
            return Fragment(first: [sets.count - 1], last: [sets.count - 1], isOptional: false)
        case .sequence(let nodes):
            var whole = Fragment()
            for node in nodes {
                let next = try add(node)
                try connect(whole.last, next.first)
                if whole.isOptional { whole.first += next.first }
                whole.last = next.isOptional ? whole.last + next.last : next.last
                whole.isOptional = whole.isOptional && next.isOptional
            }
            return whole
        case .choice(let nodes):
            var whole = Fragment(isOptional: false)
            for node in nodes {
                let next = try add(node)
                whole.first += next.first
                whole.last += next.last
                whole.isOptional = whole.isOptional || next.isOptional
            }
            return whole
        case .repetition(_, _, most: 0): return Fragment()
        case .repetition(let node, let least, let most):
            return try add(node, least: least, most: most)
        }
    }

    private mutating func add(
        _ node: PatternNode,
        least: Int,
        most: Int?
    ) throws(PatternError) -> Fragment {
        var copy = try add(node)
        let least = copy.isOptional ? 0 : least
        var whole = Fragment(first: copy.first, isOptional: least == 0)
        let count = most ?? max(least, 1)
        for index in 1...count {
            if index > 1 {
                let next = try add(node)
                try connect(copy.last, next.first)
                copy = next
            }
            if index >= least { whole.last += copy.last }
        }
        if most == nil { try connect(copy.last, copy.first) }
        return whole
    }

    private mutating func connect(_ places: [Int], _ next: [Int]) throws(PatternError) {
        try count(places.count * next.count)
        for place in places { following[place] += next }
    }

    private mutating func count(_ more: Int) throws(PatternError) {
        steps += more
        guard steps <= Self.mostSteps else { throw PatternError(problem: "is too large.") }
    }
}
