/// What texts may look like: a context-free grammar over their bytes.
///
/// ```
/// rule 0:  "[" rule 1         symbols  [ #1 . ] . 0-9 #1 .
/// rule 1:  "]" | 0-9 rule 1   rules    0: 0   1: 3, 5
/// ```
///
/// Rule 0 is the whole text. Immutable; a copy costs a few reference counts.
package struct Grammar: Sendable {
    /// What the text goes on with at a place.
    enum Symbol: Sendable {
        /// One of these bytes.
        case byte(ByteSet)
        /// Whatever a rule makes.
        case rule(Int)
        /// Nothing: the alternative is over.
        case end
    }

    /// All alternatives one after the other.
    let symbols: [Symbol]
    /// Where the alternatives of each rule begin.
    let rules: [[Int]]
}

/// Collects the rules of a grammar.
struct GrammarBuilder {
    /// Symbols that follow each other.
    typealias Sequence = [Grammar.Symbol]

    /// Grammars that need more are refused.
    static let symbolLimit = 100_000

    private var rules: [[Sequence]] = []
    private(set) var symbolCount = 0

    /// A rule whose alternatives are not known yet.
    mutating func reserve() -> Int {
        rules.append([])
        return rules.count - 1
    }

    mutating func define(_ rule: Int, _ alternatives: [Sequence]) {
        rules[rule] = alternatives
        symbolCount += alternatives.reduce(0) { $0 + $1.count + 1 }
    }

    /// A rule with these alternatives.
    mutating func rule(_ alternatives: [Sequence]) -> Grammar.Symbol {
        let rule = reserve()
        define(rule, alternatives)
        return .rule(rule)
    }

    /// From `least` to `most` of a symbol, any number for nil.
    mutating func repetition(_ symbol: Grammar.Symbol, _ least: Int, _ most: Int?) -> Sequence {
        let required = Sequence(repeating: symbol, count: least)
        guard let most else {
            let more = reserve()
            define(more, [[], [symbol, .rule(more)]])
            return required + [.rule(more)]
        }
        return required
            + (least..<most).reduce(into: []) { rest, _ in
                rest = [rule([[], [symbol] + rest])]
            }
    }

    /// A text as it is.
    static func text(_ text: String) -> Sequence { text.utf8.map { .byte(ByteSet([$0])) } }

    /// The grammar; nil if a rule begins with itself, which no text could end.
    func grammar() -> Grammar? {
        guard !hasLeftRecursion else { return nil }
        var symbols: [Grammar.Symbol] = []
        let starts = rules.map { alternatives in
            alternatives.map { alternative in
                defer { symbols += alternative + [.end] }
                return symbols.count
            }
        }
        return Grammar(symbols: symbols, rules: starts)
    }

    var hasLeftRecursion: Bool {
        let canBeEmpty = emptyRules
        /// Not visited, being visited, done.
        var states = [Int](repeating: 0, count: rules.count)
        func returns(to rule: Int) -> Bool {
            guard states[rule] == 0 else { return states[rule] == 1 }
            states[rule] = 1
            defer { states[rule] = 2 }
            return rules[rule].contains { alternative in
                for symbol in alternative {
                    guard case .rule(let next) = symbol else { return false }
                    if returns(to: next) { return true }
                    guard canBeEmpty[next] else { return false }
                }
                return false
            }
        }
        return rules.indices.contains(where: returns)
    }

    /// The rules that make an empty text among others.
    private var emptyRules: [Bool] {
        var isEmpty = [Bool](repeating: false, count: rules.count)
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for (rule, alternatives) in rules.enumerated() where !isEmpty[rule] {
                isEmpty[rule] = alternatives.contains { alternative in
                    alternative.allSatisfy {
                        if case .rule(let next) = $0 { isEmpty[next] } else { false }
                    }
                }
                hasChanged = hasChanged || isEmpty[rule]
            }
        }
        return isEmpty
    }
}
