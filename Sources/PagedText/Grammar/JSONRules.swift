/// The rules of JSON texts (RFC 8259), for grammars that need them.
///
/// A value is followed by no white space, and white space is one space, or a line break and up to 20 blanks:
/// more would let a model write it for ever. Likewise numbers have as many digits as 64 bits hold.
struct JSONRules {
    let space: Grammar.Symbol
    /// A character of a string.
    let character: Grammar.Symbol
    let string: Grammar.Symbol
    let integer: Grammar.Symbol
    let number: Grammar.Symbol
    let boolean: Grammar.Symbol
    let value: Grammar.Symbol
    let object: Grammar.Symbol
    let array: Grammar.Symbol

    /// Has as many digits as any integer may have.
    static let greatestInteger = 999_999_999_999_999_999

    static let null = GrammarBuilder.text("null")
    static let quote = GrammarBuilder.text("\"")
    static let colon = GrammarBuilder.text(":")
    static let comma = GrammarBuilder.text(",")

    init(_ builder: inout GrammarBuilder) {
        let blanks = builder.repetition(.byte(ByteSet(" \t".utf8)), 0, 20)
        space = builder.rule([[], GrammarBuilder.text(" "), GrammarBuilder.text("\n") + blanks])
        character = Self.character(&builder)
        string = builder.rule([Self.quote + builder.repetition(character, 0, nil) + Self.quote])
        let (integer, number) = Self.numbers(&builder)
        (self.integer, self.number) = (integer, number)
        boolean = builder.rule([GrammarBuilder.text("true"), GrammarBuilder.text("false")])
        let rule = builder.reserve()
        value = .rule(rule)
        let member = builder.rule([[string] + Self.colon + [space, value]])
        object = Self.list(&builder, "{", member, "}", space)
        array = Self.list(&builder, "[", value, "]", space)
        builder.define(rule, [[string], [number], [object], [array], [boolean], Self.null])
    }

    /// Any number of items between brackets.
    static func list(
        _ builder: inout GrammarBuilder,
        _ opening: String,
        _ item: Grammar.Symbol,
        _ closing: String,
        _ space: Grammar.Symbol
    ) -> Grammar.Symbol {
        let next = builder.rule([comma + [space, item]])
        let items = builder.rule([[], [item] + builder.repetition(next, 0, nil) + [space]])
        return builder.rule([
            GrammarBuilder.text(opening) + [space, items] + GrammarBuilder.text(closing)
        ])
    }

    /// UTF-8 (Unicode standard, table 3-7) without what has to be escaped, or an escape. Halves of surrogate pairs
    /// are left out: what they stand for can be written as it is.
    private static func character(_ builder: inout GrammarBuilder) -> Grammar.Symbol {
        func sequence(_ sets: ByteSet...) -> GrammarBuilder.Sequence { sets.map { .byte($0) } }
        let rest: ByteSet = [0x80...0xBF]
        let digit: ByteSet = [0x30...0x39, 0x41...0x46, 0x61...0x66]
        let escape = sequence(ByteSet("\\".utf8))
        let code = escape + sequence(ByteSet("u".utf8))
        return builder.rule([
            sequence([0x20...0x21, 0x23...0x5B, 0x5D...0x7F]),
            sequence([0xC2...0xDF], rest),
            sequence([0xE0...0xE0], [0xA0...0xBF], rest),
            sequence([0xE1...0xEC, 0xEE...0xEF], rest, rest),
            sequence([0xED...0xED], [0x80...0x9F], rest),
            sequence([0xF0...0xF0], [0x90...0xBF], rest, rest),
            sequence([0xF1...0xF3], rest, rest, rest),
            sequence([0xF4...0xF4], [0x80...0x8F], rest, rest),
            escape + sequence(ByteSet("\"\\/bfnrt".utf8)),
            code + sequence([0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66])
                + sequence(digit, digit, digit),
            code + sequence(ByteSet("dD".utf8), [0x30...0x37], digit, digit),
        ])
    }

    private static func numbers(
        _ builder: inout GrammarBuilder
    ) -> (integer: Grammar.Symbol, number: Grammar.Symbol) {
        let digit = Grammar.Symbol.byte([0x30...0x39])
        let sign = builder.rule([[], GrammarBuilder.text("-")])
        let integer = builder.rule([
            [sign] + GrammarBuilder.text("0"),
            [sign, .byte([0x31...0x39])] + builder.repetition(digit, 0, 17),
        ])
        let digits = builder.repetition(digit, 1, 17)
        let fraction = builder.rule([[], GrammarBuilder.text(".") + digits])
        let exponentSign = builder.rule([[], [.byte(ByteSet("+-".utf8))]])
        let exponentDigits = builder.repetition(digit, 1, 2)
        let exponent = builder.rule([
            [], [.byte(ByteSet("eE".utf8)), exponentSign] + exponentDigits,
        ])
        return (integer, builder.rule([[integer, fraction, exponent]]))
    }
}

// MARK: - Ranges of integers

extension JSONRules {
    /// The integers of a range that ends within ``greatestInteger`` on both sides.
    static func integer(
        _ range: ClosedRange<Int>,
        _ builder: inout GrammarBuilder
    ) -> Grammar.Symbol {
        var alternatives: [GrammarBuilder.Sequence] = []
        if range.upperBound >= 0 {
            alternatives += natural(max(range.lowerBound, 0)...range.upperBound, &builder)
        }
        if range.lowerBound < 0 {
            let magnitudes = max(-range.upperBound, 1)...(-range.lowerBound)
            alternatives += natural(magnitudes, &builder).map { GrammarBuilder.text("-") + $0 }
        }
        return builder.rule(alternatives)
    }

    /// Numbers without a sign, an alternative for each count of digits.
    private static func natural(
        _ range: ClosedRange<Int>,
        _ builder: inout GrammarBuilder
    ) -> [GrammarBuilder.Sequence] {
        var alternatives: [GrammarBuilder.Sequence] = []
        // 0...9, 10...99, 100...999, ...
        var (least, greatest) = (0, 9)
        while true {
            if range.overlaps(least...greatest) {
                let part = range.clamped(to: least...greatest)
                let digits = (String(part.lowerBound), String(part.upperBound))
                alternatives.append(Self.digits(digits.0.utf8[...], digits.1.utf8[...], &builder))
            }
            guard greatest < range.upperBound else { break }
            (least, greatest) = (greatest + 1, greatest * 10 + 9)
        }
        return alternatives
    }

    /// Numbers between two of equally many digits.
    private static func digits(
        _ least: Substring.UTF8View,
        _ greatest: Substring.UTF8View,
        _ builder: inout GrammarBuilder
    ) -> GrammarBuilder.Sequence {
        guard let low = least.first, let high = greatest.first else { return [] }
        let (lowRest, highRest) = (least.dropFirst(), greatest.dropFirst())
        let digit = Grammar.Symbol.byte([0x30...0x39])
        if low == high { return [.byte([low...low])] + digits(lowRest, highRest, &builder) }
        let nines = String(repeating: "9", count: lowRest.count)
        let zeros = String(repeating: "0", count: lowRest.count)
        var alternatives = [
            [.byte([low...low])] + digits(lowRest, nines.utf8[...], &builder),
            [.byte([high...high])] + digits(zeros.utf8[...], highRest, &builder),
        ]
        if low + 1 < high {
            let rest = GrammarBuilder.Sequence(repeating: digit, count: lowRest.count)
            alternatives.append([.byte([(low + 1)...(high - 1)])] + rest)
        }
        return [builder.rule(alternatives)]
    }
}

extension Grammar {
    /// Any JSON object.
    package static let jsonObject: Grammar = {
        var builder = GrammarBuilder()
        let text = builder.reserve()
        let rules = JSONRules(&builder)
        builder.define(text, [[rules.space, rules.object]])
        // The rules have no left recursion.
        return builder.grammar() ?? Grammar(symbols: [.end], rules: [[0]])
    }()
}
