extension TemplateEvaluator {
    private static let textMethods: Set<String> = [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "replace", "startswith",
        "endswith", "upper", "lower", "capitalize", "title", "join", "find", "count", "isdigit",
        "removeprefix", "removesuffix",
    ]
    private static let dictionaryMethods: Set<String> = ["items", "keys", "values", "get"]
    private static let loopMethods: Set<String> = ["cycle", "changed"]
    /// Methods that change a value: known, so that templates with them load, but refused when
    /// called.
    private static let changingListMethods: Set<String> = [
        "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse",
    ]
    private static let changingDictionaryMethods: Set<String> = [
        "update", "setdefault", "pop", "popitem", "clear",
    ]

    static func knowsMethod(_ name: String) -> Bool {
        textMethods.contains(name) || dictionaryMethods.contains(name)
            || loopMethods.contains(name) || changingListMethods.contains(name)
            || changingDictionaryMethods.contains(name)
    }

    static func hasMethod(_ name: String, _ receiver: RuntimeValue) -> Bool {
        switch receiver {
        case .text: textMethods.contains(name)
        case .dictionary:
            dictionaryMethods.contains(name) || changingDictionaryMethods.contains(name)
        case .list: changingListMethods.contains(name)
        default: false
        }
    }

    func callMethod(
        _ name: String,
        of receiver: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        try spend(weight(receiver))
        switch receiver {
        case .text(let text): return try callMethod(name, of: text, arguments)
        case .loop(let loop): return try callMethod(name, of: loop, arguments)
        case .dictionary(let dictionary) where Self.dictionaryMethods.contains(name):
            return try callMethod(name, of: dictionary, arguments)
        default: throw .failed("\(receiver.typeName).\(name) would change a value")
        }
    }

    private func callMethod(
        _ name: String,
        of dictionary: DictionaryReference,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        switch name {
        case "items": return .list(dictionary.members.map { .tuple([$0.key, $0.value]) })
        case "keys": return .list(dictionary.members.map(\.key))
        case "values": return .list(dictionary.members.map(\.value))
        default:
            let values = try arguments.bound(to: ["key", "default"], of: "dict.get")
            guard let key = values[0] else { throw .failed("dict.get takes a key") }
            return dictionary.value(key) ?? values[1] ?? .none
        }
    }

    private func callMethod(
        _ name: String,
        of loop: LoopReference,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        if name == "cycle" {
            guard !arguments.positional.isEmpty else { throw .failed("loop.cycle takes values") }
            return arguments.positional[loop.index % arguments.positional.count]
        }
        let isSame = loop.lastChanged.map { RuntimeValue.equal($0, arguments.positional) } ?? false
        loop.lastChanged = arguments.positional
        return .boolean(!isSame)
    }

    // MARK: Text

    private func callMethod(
        _ name: String,
        of subject: GuardedText,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        switch name {
        case "upper": return .text(subject.uppercased())
        case "lower": return .text(subject.lowercased())
        case "capitalize": return .text(subject.capitalized())
        case "title": return .text(subject.titled(isWordStart: Self.isTitleStart))
        case "splitlines": return .list(subject.lines().map(RuntimeValue.text))
        case "isdigit": return .boolean(Self.isDigits(subject))
        case "strip", "lstrip", "rstrip":
            let set = try text(
                try arguments.bound(to: ["chars"], of: name)[0],
                "the argument of \(name)"
            )
            return .text(subject.stripped(set, left: name != "rstrip", right: name != "lstrip"))
        case "split", "rsplit": return try split(subject, fromRight: name == "rsplit", arguments)
        case "replace": return try replace(subject, arguments)
        case "startswith", "endswith":
            return try matches(subject, atEnd: name == "endswith", arguments)
        case "join": return try join(try argument(arguments, of: name), by: subject)
        default: return try callSearch(name, subject, arguments)
        }
    }

    private func join(
        _ value: RuntimeValue,
        by separator: GuardedText
    ) throws(TemplateError) -> RuntimeValue {
        let elements = try elements(of: value)
        for element in elements {
            guard case .text = element else {
                throw .failed("join takes strs, not \(element.typeName)")
            }
        }
        return .text(try joined(elements, by: separator))
    }

    private func argument(
        _ arguments: CallValues,
        of name: String
    ) throws(TemplateError) -> RuntimeValue {
        guard let value = try arguments.bound(to: ["value"], of: name)[0] else {
            throw .failed("\(name) takes an argument")
        }
        return value
    }

    private func callSearch(
        _ name: String,
        _ subject: GuardedText,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        guard let part = try text(try argument(arguments, of: name), "the argument of \(name)")
        else {
            throw .failed("\(name) takes a str")
        }
        switch name {
        case "find": return .integer(subject.firstIndex(of: part) ?? -1)
        case "count":
            guard part.count > 0 else { return .integer(subject.count + 1) }
            return .integer(subject.split(at: part, limit: .max).count - 1)
        case "removeprefix":
            let drops = subject.hasPrefix(part)
            return .text(GuardedText(units: subject.units.dropFirst(drops ? part.count : 0)))
        default:
            let drops = subject.hasSuffix(part)
            return .text(GuardedText(units: subject.units.dropLast(drops ? part.count : 0)))
        }
    }

    private func split(
        _ subject: GuardedText,
        fromRight: Bool,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(to: ["sep", "maxsplit"], of: "split")
        let most = try integer(values[1], "maxsplit") ?? -1
        let limit = most < 0 ? Int.max : most
        guard let separator = try text(values[0], "the separator of split") else {
            if fromRight, limit != .max {
                throw .failed("rsplit at spaces with maxsplit is not covered")
            }
            return .list(subject.splitAtSpaces(limit: limit).map(RuntimeValue.text))
        }
        guard separator.count > 0 else { throw .failed("split at an empty separator") }
        let parts =
            fromRight
            ? subject.splitFromRight(at: separator, limit: limit)
            : subject.split(at: separator, limit: limit)
        return .list(parts.map(RuntimeValue.text))
    }

    func replace(
        _ subject: GuardedText,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(to: ["old", "new", "count"], of: "replace")
        guard let old = try text(values[0], "what replace looks for"),
            let new = try text(values[1], "what replace puts in")
        else { throw .failed("replace takes two strs") }
        let count = try integer(values[2], "the count of replace") ?? -1
        try spend(new.count * (subject.count + 1))
        return .text(subject.replacing(old, with: new, limit: count < 0 ? .max : count))
    }

    private func matches(
        _ subject: GuardedText,
        atEnd: Bool,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let name = atEnd ? "endswith" : "startswith"
        let value = try argument(arguments, of: name)
        var candidates = [value]
        if case .tuple(let tuple) = value { candidates = tuple.elements }
        for candidate in candidates {
            guard let part = try text(candidate, "the argument of \(name)") else { continue }
            if atEnd ? subject.hasSuffix(part) : subject.hasPrefix(part) { return .boolean(true) }
        }
        return .boolean(false)
    }

    func joined(
        _ values: [RuntimeValue],
        by separator: GuardedText
    ) throws(TemplateError) -> GuardedText {
        var parts: [GuardedText] = []
        for value in values { parts.append(try text(value)) }
        try spend(separator.count * parts.count)
        return GuardedText.joined(parts, by: separator)
    }

    private static func isDigits(_ text: GuardedText) -> Bool {
        text.count > 0
            && text.units.allSatisfy {
                let type = $0.unguardedScalar.properties.numericType
                return type == .decimal || type == .digit
            }
    }

    /// `str.title` begins a word after anything that has no case.
    private static func isTitleStart(_ previous: UInt32?) -> Bool {
        !(previous?.unguardedScalar.properties.isCased ?? false)
    }
}

extension GuardedText {
    /// The first scalar of each word in title case, the others in lower case.
    func titled(isWordStart: (UInt32?) -> Bool) -> GuardedText {
        var result = GuardedText()
        for (index, unit) in units.enumerated() {
            let properties = unit.unguardedScalar.properties
            let isStart = isWordStart(index > 0 ? units[index - 1] : nil)
            result.append(
                isStart ? properties.titlecaseMapping : properties.lowercaseMapping,
                like: unit
            )
        }
        return result
    }
}
