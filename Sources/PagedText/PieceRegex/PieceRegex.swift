/// A compiled pre-tokenizer expression: finds matches in text whose scalars are already classified.
///
/// ```swift
/// let regex = try PieceRegex(#"\p{L}+|\s+(?!\S)|\s+"#)
/// let classes = text.map { regex.classes($0) }
/// let end = regex.matchEnd(in: classes, from: 0, to: classes.count)
/// ```
struct PieceRegex: Sendable {
    enum Instruction: Sendable {
        case set(UInt64)
        case repetition(UInt64, minimum: Int, maximum: Int, isPossessive: Bool)
        case lookahead(UInt64, isExpected: Bool)
        /// Goes on; comes back at the given instruction when the rest fails.
        case attempt(otherwise: Int)
        case jump(Int)
        case accept
    }

    struct Alternative: Sendable {
        /// Classes that can begin this alternative.
        var first: UInt64
        var start: Int
    }

    let classes: ScalarClasses
    let instructions: [Instruction]
    let alternatives: [Alternative]

    init(_ pattern: String) throws(RegexError) {
        let node = try RegexParser.parse(pattern)
        let sets = Array(Set(node.sets))
        guard let (classes, masks) = ScalarClasses.partition(sets) else {
            throw RegexError(reason: "more than 64 character classes")
        }
        var compiler = RegexCompiler(masks: Dictionary(uniqueKeysWithValues: zip(sets, masks)))
        if case .alternatives(let nodes) = node {
            for node in nodes { compiler.addAlternative(node) }
        } else {
            compiler.addAlternative(node)
        }
        self.classes = classes
        instructions = compiler.instructions
        alternatives = compiler.alternatives
    }
}

/// Turns the syntax tree into instructions.
private struct RegexCompiler {
    let masks: [ScalarSet: UInt64]
    var instructions: [PieceRegex.Instruction] = []
    var alternatives: [PieceRegex.Alternative] = []

    init(masks: [ScalarSet: UInt64]) { self.masks = masks }

    mutating func addAlternative(_ node: RegexNode) {
        let first = firstClasses(node)
        alternatives.append(
            .init(first: first.isNullable ? .max : first.mask, start: instructions.count)
        )
        add(node)
        instructions.append(.accept)
    }

    private func mask(_ set: ScalarSet) -> UInt64 { masks[set] ?? 0 }

    private mutating func add(_ node: RegexNode) {
        switch node {
        case .set(let set): instructions.append(.set(mask(set)))
        case .sequence(let nodes): for node in nodes { add(node) }
        case .repetition(let set, let minimum, let maximum, let isPossessive):
            instructions.append(
                .repetition(
                    mask(set),
                    minimum: minimum,
                    maximum: maximum,
                    isPossessive: isPossessive
                )
            )
        case .lookahead(let set, let isExpected):
            instructions.append(.lookahead(mask(set), isExpected: isExpected))
        case .optional(let node): add([node, .sequence([])])
        case .alternatives(let nodes): add(nodes)
        }
    }

    private mutating func add(_ alternatives: [RegexNode]) {
        var exits: [Int] = []
        for (index, node) in alternatives.enumerated() {
            let isLast = index == alternatives.count - 1
            let fork = instructions.count
            if !isLast { instructions.append(.jump(0)) }
            add(node)
            guard !isLast else { break }
            exits.append(instructions.count)
            instructions.append(.jump(0))
            instructions[fork] = .attempt(otherwise: instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    /// The classes that can come first, and whether the node can take nothing.
    private func firstClasses(_ node: RegexNode) -> (mask: UInt64, isNullable: Bool) {
        switch node {
        case .set(let set): return (mask(set), false)
        case .repetition(let set, let minimum, _, _): return (mask(set), minimum == 0)
        case .lookahead: return (0, true)
        case .optional(let node): return (firstClasses(node).mask, true)
        case .alternatives(let nodes):
            return nodes.map(firstClasses).reduce((0, false)) {
                ($0.0 | $1.mask, $0.1 || $1.isNullable)
            }
        case .sequence(let nodes):
            var result: UInt64 = 0
            for node in nodes {
                let first = firstClasses(node)
                result |= first.mask
                if !first.isNullable { return (result, false) }
            }
            return (result, true)
        }
    }
}
