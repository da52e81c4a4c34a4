/// What `tojson` writes: Python's `json.dumps` with `ensure_ascii=False`, as transformers sets it
/// up.
struct TemplateJSONWriter {
    var indentation: GuardedText?
    var itemSeparator = GuardedText(", ")
    var keySeparator = GuardedText(": ")
    var sortsKeys = false
    var escapesNonASCII = false
    private(set) var output = GuardedText()

    init() {}

    mutating func write(_ value: RuntimeValue, level: Int = 0) throws(TemplateError) {
        switch value {
        case .none: add("null")
        case .boolean(let value): add(value ? "true" : "false")
        case .integer(let value): add("\(value)")
        case .number(let value): add(Self.text(value))
        case .text(let text): write(text)
        case .list(let list), .tuple(let list): try write(list.elements, level)
        case .dictionary(let dictionary): try write(dictionary, level)
        default: throw .failed("\(value.typeName) cannot be written as JSON")
        }
    }

    private mutating func add(_ text: String) { output.append(GuardedText(text)) }

    private static func text(_ value: Double) -> String {
        guard !value.isFinite else { return PythonNumbers.text(value) }
        return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    private mutating func write(
        _ elements: [RuntimeValue],
        _ level: Int
    ) throws(TemplateError) {
        guard !elements.isEmpty else { return add("[]") }
        add("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(itemSeparator) }
            breakLine(level + 1)
            try write(element, level: level + 1)
        }
        breakLine(level)
        add("]")
    }

    private mutating func write(
        _ dictionary: DictionaryReference,
        _ level: Int
    ) throws(TemplateError) {
        var members = dictionary.members
        guard !members.isEmpty else { return add("{}") }
        if sortsKeys {
            members.sort {
                $0.key.written.units.unguarded.lexicographicallyPrecedes(
                    $1.key.written.units.unguarded
                )
            }
        }
        add("{")
        for (index, member) in members.enumerated() {
            if index > 0 { output.append(itemSeparator) }
            breakLine(level + 1)
            try writeKey(member.key)
            output.append(keySeparator)
            try write(member.value, level: level + 1)
        }
        breakLine(level)
        add("}")
    }

    private mutating func writeKey(_ key: RuntimeValue) throws(TemplateError) {
        if case .text(let text) = key { return write(text) }
        add("\"")
        try write(key)
        add("\"")
    }

    private mutating func breakLine(_ level: Int) {
        guard let indentation else { return }
        add("\n")
        for _ in 0..<level { output.append(indentation) }
    }

    private mutating func write(_ text: GuardedText) {
        add("\"")
        for unit in text.units {
            switch unit.unguarded {
            case 0x22: output.append("\\\"", like: unit)
            case 0x5C: output.append("\\\\", like: unit)
            case 0x08: output.append("\\b", like: unit)
            case 0x09: output.append("\\t", like: unit)
            case 0x0A: output.append("\\n", like: unit)
            case 0x0C: output.append("\\f", like: unit)
            case 0x0D: output.append("\\r", like: unit)
            case 0..<0x20: output.append("\\u" + unit.hexadecimal(digits: 4), like: unit)
            case 0x7F... where escapesNonASCII: output.append(Self.escaped(unit), like: unit)
            default: output.units.append(unit)
            }
        }
        add("\"")
    }

    private static func escaped(_ unit: UInt32) -> String {
        guard unit.unguarded > 0x7F else { return "\u{7F}" }
        return String(unit.unguardedScalar).utf16.map { "\\u" + UInt32($0).hexadecimal(digits: 4) }
            .joined()
    }
}

extension [UInt32] {
    fileprivate var unguarded: [UInt32] { map(\.unguarded) }
}

extension TemplateEvaluator {
    func json(_ value: RuntimeValue, _ arguments: CallValues) throws(TemplateError) -> GuardedText {
        let values = try arguments.bound(
            to: ["ensure_ascii", "indent", "separators", "sort_keys"],
            of: "tojson"
        )
        var writer = TemplateJSONWriter()
        if case .text(let text)? = values[1] {
            writer.indentation = text
        } else if let width = try integer(values[1], "indent of tojson") {
            try spend(width)
            writer.indentation = GuardedText(String(repeating: " ", count: max(0, width)))
        }
        if let indentation = writer.indentation {
            writer.itemSeparator = GuardedText(",")
            try spend(indentation.count * min(value.weight, 1 << 24) * value.depth)
        }
        if case .tuple(let pair)? = values[2], pair.elements.count == 2 {
            writer.itemSeparator = try text(pair.elements[0])
            writer.keySeparator = try text(pair.elements[1])
        }
        writer.sortsKeys = values[3]?.isTrue ?? false
        writer.escapesNonASCII = values[0]?.isTrue ?? false
        try writer.write(value)
        return writer.output
    }
}
