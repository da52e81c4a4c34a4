/// Python's `str` and `repr`, which keep the guards of the text that they show.
extension RuntimeValue {
    /// What `{{ value }}` writes.
    var written: GuardedText {
        switch self {
        case .undefined: GuardedText()
        case .text(let text): text
        default: represented
        }
    }

    /// Python's `repr(value)`.
    var represented: GuardedText {
        switch self {
        case .undefined: return GuardedText("Undefined")
        case .none: return GuardedText("None")
        case .boolean(let value): return GuardedText(value ? "True" : "False")
        case .integer(let value): return GuardedText("\(value)")
        case .number(let value): return GuardedText(PythonNumbers.text(value))
        case .text(let text): return text.quoted
        case .list(let list): return Self.bracketed("[", list.elements.map(\.represented), "]")
        case .tuple(let tuple):
            let close = tuple.elements.count == 1 ? ",)" : ")"
            return Self.bracketed("(", tuple.elements.map(\.represented), close)
        case .dictionary(let dictionary): return Self.represented(dictionary)
        case .namespace, .loop, .macro, .function, .method: return GuardedText("<\(typeName)>")
        }
    }

    private static func represented(_ dictionary: DictionaryReference) -> GuardedText {
        let members = dictionary.members.map { member in
            GuardedText.joined(
                [member.key.represented, member.value.represented],
                by: GuardedText(": ")
            )
        }
        return bracketed("{", members, "}")
    }

    private static func bracketed(
        _ open: String,
        _ parts: [GuardedText],
        _ close: String
    ) -> GuardedText {
        var result = GuardedText(open)
        result.append(GuardedText.joined(parts, by: GuardedText(", ")))
        result.append(GuardedText(close))
        return result
    }
}

extension GuardedText {
    /// Python's `repr` of text: single quotes unless only those occur, escapes for what cannot be
    /// printed.
    fileprivate var quoted: GuardedText {
        let hasSingle = units.contains { $0.unguarded == 0x27 }
        let hasDouble = units.contains { $0.unguarded == 0x22 }
        let quote: UInt32 = hasSingle && !hasDouble ? 0x22 : 0x27
        var result = GuardedText(units: [quote])
        for unit in units {
            switch unit.unguarded {
            case 0x5C: result.append("\\\\", like: unit)
            case quote: result.append("\\'", like: unit)
            case 0x0A: result.append("\\n", like: unit)
            case 0x0D: result.append("\\r", like: unit)
            case 0x09: result.append("\\t", like: unit)
            default:
                if unit.isPrintable {
                    result.units.append(unit)
                } else {
                    result.append(unit.pythonEscape, like: unit)
                }
            }
        }
        result.units.append(quote)
        return result
    }
}

extension UInt32 {
    /// Python's `str.isprintable` of one scalar value.
    fileprivate var isPrintable: Bool {
        switch unguardedScalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: unguarded == 0x20
        default: true
        }
    }

    fileprivate var pythonEscape: String {
        switch unguarded {
        case 0..<0x100: "\\x" + hexadecimal(digits: 2)
        case 0x100..<0x10000: "\\u" + hexadecimal(digits: 4)
        default: "\\U" + hexadecimal(digits: 8)
        }
    }

    func hexadecimal(digits: Int) -> String {
        let text = String(unguarded, radix: 16)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
}
