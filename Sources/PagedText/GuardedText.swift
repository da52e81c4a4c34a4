/// Text of which every scalar remembers whether it came from outside (a user, a tool) or from the
/// template.
///
/// A unit is a Unicode scalar value, with the top bit set when the scalar is guarded: it may never
/// become part of a special token. Working on scalars instead of `Character` is what Python, Jinja2
/// and `tokenizers` do.
///
/// ```swift
/// var text = GuardedText("<|im_start|>")            // written by the template
/// text.append(GuardedText(userInput, guarded: true))  // stays plain text when encoded
/// ```
struct GuardedText: Sendable {
    /// The bit that marks a guarded unit; scalar values need only the low 21 bits.
    static let guardBit: UInt32 = 1 << 31

    var units: [UInt32]

    init() { units = [] }

    init(units: some Sequence<UInt32>) { self.units = Array(units) }

    init(_ text: String, guarded: Bool = false) {
        let mark = guarded ? Self.guardBit : 0
        units = []
        units.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { units.append(scalar.value | mark) }
    }

    var count: Int { units.count }

    /// The plain text, without the guards.
    var string: String {
        var scalars = String.UnicodeScalarView()
        for unit in units { scalars.append(unit.unguardedScalar) }
        return String(scalars)
    }

    mutating func append(_ other: GuardedText) { units.append(contentsOf: other.units) }
}

extension UInt32 {
    /// A guarded unit's scalar value.
    var unguarded: UInt32 { self & ~GuardedText.guardBit }

    /// True when the unit came from outside.
    var isGuarded: Bool { self & GuardedText.guardBit != 0 }

    /// The unit as a scalar; U+FFFD for a value that is none, which no initializer can produce.
    var unguardedScalar: Unicode.Scalar { Unicode.Scalar(unguarded) ?? "\u{FFFD}" }
}

// Two texts are equal when their scalars are: where they came from does not matter to a template.
extension GuardedText: Hashable {
    static func == (left: GuardedText, right: GuardedText) -> Bool {
        left.units.count == right.units.count
            && zip(left.units, right.units).allSatisfy { $0.unguarded == $1.unguarded }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(units.count)
        for unit in units { hasher.combine(unit.unguarded) }
    }
}
