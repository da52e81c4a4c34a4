extension TemplateEvaluator {
    func applySequence(
        _ name: String,
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        switch name {
        case "length", "count": return .integer(try length(of: value))
        case "items": return try items(of: value)
        case "dictsort": return try sortedItems(of: value, arguments)
        case "join": return try join(value, arguments)
        case "reverse":
            if case .text(let text) = value {
                return .text(GuardedText(units: text.units.reversed()))
            }
            return .list(try elements(of: value).reversed())
        case "map": return try map(value, arguments)
        case "select", "reject", "selectattr", "rejectattr":
            return try select(name, value, arguments)
        case "sort": return try sort(value, arguments)
        case "unique": return try unique(value, arguments)
        default: break
        }
        _ = try arguments.bound(to: [], of: name)
        let elements = try elements(of: value)
        switch name {
        case "first": return elements.first ?? .undefined("the first element")
        case "last": return elements.last ?? .undefined("the last element")
        default: return .list(elements)
        }
    }

    private func length(of value: RuntimeValue) throws(TemplateError) -> Int {
        switch value {
        case .text(let text): return text.count
        case .list(let list), .tuple(let list): return list.elements.count
        case .dictionary(let dictionary): return dictionary.members.count
        case .undefined: return 0
        default: throw .failed("\(value.typeName) has no length")
        }
    }

    private func items(of value: RuntimeValue) throws(TemplateError) -> RuntimeValue {
        switch value {
        case .undefined: return .list([])
        case .dictionary(let dictionary):
            return .list(dictionary.members.map { .tuple([$0.key, $0.value]) })
        default: throw .failed("items takes a dict, not \(value.typeName)")
        }
    }

    private func join(
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(to: ["d", "attribute"], of: "join")
        var elements = try elements(of: value)
        if let path = values[1] { elements = try self.values(at: path, of: elements) }
        return .text(try joined(elements, by: try text(values[0] ?? .text(""))))
    }

    // MARK: Attributes

    /// The value at a dotted path such as `function.name`; whole numbers are indices.
    ///
    /// The default replaces whatever is missing on the way.
    private func value(
        at path: RuntimeValue,
        of base: RuntimeValue,
        default standard: RuntimeValue?
    ) throws(TemplateError) -> RuntimeValue {
        guard case .text(let text) = path else { return try item(path, of: base) }
        var value = base
        for part in text.split(at: GuardedText("."), limit: .max) {
            let index = Int(part.string).map(RuntimeValue.integer)
            value = try item(index ?? .text(part), of: value)
            if let standard, value.isUndefined { value = standard }
        }
        return value
    }

    /// The values at a path of each element; the elements themselves without a path.
    private func values(
        at path: RuntimeValue?,
        of elements: [RuntimeValue],
        default standard: RuntimeValue? = nil
    ) throws(TemplateError) -> [RuntimeValue] {
        guard let path else { return elements }
        var values: [RuntimeValue] = []
        for element in elements {
            values.append(try value(at: path, of: element, default: standard))
        }
        return values
    }

    private func map(
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let elements = try elements(of: value)
        if let first = arguments.positional.first {
            let name = try text(first).string
            let rest = CallValues(
                positional: Array(arguments.positional.dropFirst()),
                named: arguments.named
            )
            var results: [RuntimeValue] = []
            for element in elements { results.append(try apply(name, to: element, rest)) }
            return .list(results)
        }
        let values = try arguments.bound(to: ["attribute", "default"], of: "map")
        guard let path = values[0] else { throw .failed("map takes a filter or an attribute") }
        return .list(try self.values(at: path, of: elements, default: values[1]))
    }

    private func select(
        _ name: String,
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        var rest = arguments
        var path: RuntimeValue?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw .failed("\(name) takes an attribute") }
            path = rest.positional.removeFirst()
        }
        let test = rest.positional.isEmpty ? nil : try text(rest.positional.removeFirst()).string
        var kept: [RuntimeValue] = []
        let elements = try elements(of: value)
        for (element, subject) in zip(elements, try values(at: path, of: elements)) {
            try spend()
            let isKept: Bool
            if let test {
                isKept = try passes(test, subject, rest)
            } else {
                isKept = subject.isTrue
            }
            if isKept == name.hasPrefix("select") { kept.append(element) }
        }
        return .list(kept)
    }

    // MARK: Order

    private func sortedItems(
        of value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(to: ["case_sensitive", "by", "reverse"], of: "dictsort")
        guard case .dictionary(let dictionary) = value else {
            throw .failed("dictsort takes a dict, not \(value.typeName)")
        }
        let by = try text(values[1], "by of dictsort")?.string ?? "key"
        guard by == "key" || by == "value" else { throw .failed("dictsort by \(by)") }
        let pairs = dictionary.members.map { member in
            (member.key, RuntimeValue.tuple([member.key, member.value]))
        }
        let keyed = by == "key" ? pairs : zip(dictionary.members, pairs).map { ($0.value, $1.1) }
        return .list(try ordered(keyed, values[0], reverse: values[2]))
    }

    private func sort(
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(
            to: ["reverse", "case_sensitive", "attribute"],
            of: "sort"
        )
        let elements = try elements(of: value)
        let keyed = Array(zip(try self.values(at: values[2], of: elements), elements))
        return .list(try ordered(keyed, values[1], reverse: values[0]))
    }

    /// Merge sort, stable like Python's, of the second by the first.
    private func ordered(
        _ keyed: [(RuntimeValue, RuntimeValue)],
        _ isCaseSensitive: RuntimeValue?,
        reverse: RuntimeValue?
    ) throws(TemplateError) -> [RuntimeValue] {
        let folds = !(isCaseSensitive?.isTrue ?? false)
        let keys = keyed.map { folds ? $0.0.folded : $0.0 }
        var order = Array(keyed.indices)
        var width = 1
        let isReversed = reverse?.isTrue ?? false
        while width < order.count {
            var merged: [Int] = []
            for start in stride(from: 0, to: order.count, by: 2 * width) {
                var left = order[start..<min(start + width, order.count)]
                var right = order[left.endIndex..<min(start + 2 * width, order.count)]
                while let a = left.first, let b = right.first {
                    try spend(min(keys[a].weight, keys[b].weight))
                    let (first, second) = isReversed ? (a, b) : (b, a)
                    let takesRight = try keys[first].isLess(than: keys[second])
                    merged.append(takesRight ? right.removeFirst() : left.removeFirst())
                }
                merged += left + right
            }
            order = merged
            width *= 2
        }
        return order.map { keyed[$0].1 }
    }

    private func unique(
        _ value: RuntimeValue,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        let values = try arguments.bound(to: ["case_sensitive", "attribute"], of: "unique")
        let folds = !(values[0]?.isTrue ?? false)
        let seen = DictionaryReference()
        var kept: [RuntimeValue] = []
        let elements = try elements(of: value)
        for (element, subject) in zip(elements, try self.values(at: values[1], of: elements)) {
            let key = folds ? subject.folded : subject
            guard seen.value(key) == nil else { continue }
            guard seen.set(key, .none) else { throw .failed("\(key.typeName) cannot be a key") }
            kept.append(element)
        }
        return .list(kept)
    }
}

extension RuntimeValue {
    /// Text in lower case, other values as they are.
    fileprivate var folded: RuntimeValue {
        if case .text(let text) = self { .text(text.lowercased()) } else { self }
    }
}
