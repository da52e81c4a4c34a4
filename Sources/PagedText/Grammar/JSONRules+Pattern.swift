extension JSONRules {
    /// The strings in which a pattern is found. Each state is a rule that ends with another, so stacks do not grow.
    func string(
        matching pattern: SearchPattern,
        _ builder: inout GrammarBuilder
    ) throws(PatternError) -> Grammar.Symbol {
        var automaton = PatternAutomaton()
        let fragments = try pattern.alternatives.map { alternative throws(PatternError) in
            (alternative, try automaton.add(alternative.node))
        }
        let states = automaton.sets.map { _ in builder.reserve() }
        let steps = Self.steps(into: states, automaton.sets, &builder)
        let anyEnd = builder.rule([builder.repetition(character, 0, nil) + Self.quote])
        var ends: [Int: GrammarBuilder.Sequence] = [:]
        var (start, search): ([GrammarBuilder.Sequence], [GrammarBuilder.Sequence]) = ([], [])
        for (alternative, fragment) in fragments {
            let end = alternative.isAtEnd ? Self.quote : [anyEnd]
            for last in fragment.last { ends[last] = end }
            let beginnings = fragment.first.map { steps[$0] } + (fragment.isOptional ? [end] : [])
            if alternative.isAtStart { start += beginnings } else { search += beginnings }
        }
        for (place, next) in automaton.following.enumerated() {
            let more = Set(next).sorted().map { steps[$0] }
            builder.define(states[place], more + (ends[place].map { [$0] } ?? []))
        }
        if !search.isEmpty {
            let rule = builder.reserve()
            builder.define(rule, search + [[character, .rule(rule)]])
            start.append([.rule(rule)])
        }
        return builder.rule([Self.quote + [builder.rule(start)]])
    }

    /// For each state, what enters it and goes on from there: a rule, so that all ways into a state are one.
    private static func steps(
        into states: [Int],
        _ sets: [ScalarRanges],
        _ builder: inout GrammarBuilder
    ) -> [GrammarBuilder.Sequence] {
        var characters: [ScalarRanges: Grammar.Symbol] = [:]
        return zip(states, sets).map { state, set in
            let character = characters[set] ?? Self.character(of: set, &builder)
            characters[set] = character
            return [builder.rule([[character, .rule(state)]])]
        }
    }

    /// A character of a set, escaped where it has to be.
    private static func character(
        of set: ScalarRanges,
        _ builder: inout GrammarBuilder
    ) -> Grammar.Symbol {
        let short: [UInt8: Unicode.Scalar] = [
            0x08: "b", 0x09: "t", 0x0A: "n", 0x0C: "f", 0x0D: "r", 0x22: "\"", 0x5C: "\\",
        ]
        var (plain, escapes): ([UInt8], [GrammarBuilder.Sequence]) = ([], [])
        for byte in UInt8(0)...0x7F where set.contains(UInt32(byte)) {
            if let letter = short[byte] {
                escapes.append(GrammarBuilder.text(String(letter)))
            } else if byte < 0x20 {
                let digits = String(byte, radix: 16)
                escapes.append(GrammarBuilder.text(digits.count == 1 ? "u000" : "u00"))
                escapes[escapes.count - 1] += GrammarBuilder.text(digits)
            } else {
                plain.append(byte)
            }
        }
        var alternatives = set.byteSequences.map { $0.map { Grammar.Symbol.byte([$0]) } }
        if !escapes.isEmpty {
            alternatives.append(GrammarBuilder.text("\\") + [builder.rule(escapes)])
        }
        if !plain.isEmpty { alternatives.insert([.byte(ByteSet(plain))], at: 0) }
        if alternatives.count == 1, alternatives[0].count == 1 { return alternatives[0][0] }
        return builder.rule(alternatives)
    }
}
