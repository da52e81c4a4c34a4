/// A set of Unicode scalars as a regular expression writes it: `\p{L}`, `[^\r\n\p{N}]`, `x`.
struct ScalarSet: Hashable {
    /// One member of the set; a scalar belongs to the set when any member has it.
    enum Member: Hashable {
        /// General categories as bits of `GeneralCategory.bit`.
        case categories(UInt32)
        case whitespace
        case notWhitespace
        case range(ClosedRange<UInt32>)
    }

    var members: [Member] = []
    var isNegated = false

    init(_ members: Member..., isNegated: Bool = false) {
        self.members = members
        self.isNegated = isNegated
    }

    init(scalar: Unicode.Scalar) { self.init(.range(scalar.value...scalar.value)) }

    func contains(_ scalar: UInt32, category: UInt8) -> Bool {
        let found = members.contains { member in
            switch member {
            case .categories(let bits): bits >> UInt32(category) & 1 != 0
            case .whitespace: Self.isWhitespace(scalar)
            case .notWhitespace: !Self.isWhitespace(scalar)
            case .range(let range): range.contains(scalar)
            }
        }
        return found != isNegated
    }

    /// The Unicode property White_Space, which `\s` means in Oniguruma.
    static func isWhitespace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default: false
        }
    }
}

/// Unicode general categories as small numbers.
enum GeneralCategory {
    /// Names that `\p{...}` accepts, long categories first.
    private static let names: [(name: String, members: [Unicode.GeneralCategory])] = [
        ("Lu", [.uppercaseLetter]), ("Ll", [.lowercaseLetter]), ("Lt", [.titlecaseLetter]),
        ("Lm", [.modifierLetter]), ("Lo", [.otherLetter]),
        ("Mn", [.nonspacingMark]), ("Mc", [.spacingMark]), ("Me", [.enclosingMark]),
        ("Nd", [.decimalNumber]), ("Nl", [.letterNumber]), ("No", [.otherNumber]),
        ("Pc", [.connectorPunctuation]), ("Pd", [.dashPunctuation]), ("Ps", [.openPunctuation]),
        ("Pe", [.closePunctuation]), ("Pi", [.initialPunctuation]),
        ("Pf", [.finalPunctuation]), ("Po", [.otherPunctuation]),
        ("Sm", [.mathSymbol]), ("Sc", [.currencySymbol]), ("Sk", [.modifierSymbol]),
        ("So", [.otherSymbol]),
        ("Zs", [.spaceSeparator]), ("Zl", [.lineSeparator]), ("Zp", [.paragraphSeparator]),
        ("Cc", [.control]), ("Cf", [.format]), ("Cs", [.surrogate]), ("Co", [.privateUse]),
        ("Cn", [.unassigned]),
    ]

    private static let numbers = Dictionary(
        uniqueKeysWithValues: names.enumerated().map { ($1.members[0], UInt8($0)) }
    )

    /// The bits of a category name such as `Lu`, or of a group such as `L`; nil when there is none.
    static func bits(named name: String) -> UInt32? {
        let bits = names.enumerated().reduce(into: UInt32(0)) { bits, entry in
            let isMember = name.utf8.count <= 2 && entry.element.name.hasPrefix(name)
            if isMember { bits |= 1 << UInt32(entry.offset) }
        }
        return bits == 0 || name.isEmpty ? nil : bits
    }

    /// The category of a scalar value; surrogates, which are no scalars, count as unassigned.
    static func number(of value: UInt32) -> UInt8 {
        guard let scalar = Unicode.Scalar(value) else { return UInt8(names.count - 1) }
        return numbers[scalar.properties.generalCategory] ?? UInt8(names.count - 1)
    }

    /// The categories of the first two planes, computed once.
    static let table: [UInt8] = (0..<0x20000).map { number(of: $0) }
}
