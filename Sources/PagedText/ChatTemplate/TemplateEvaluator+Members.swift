extension TemplateEvaluator {
    /// The elements that a `for` goes through.
    func elements(of value: RuntimeValue) throws(TemplateError) -> [RuntimeValue] {
        let elements: [RuntimeValue]
        switch value {
        case .list(let list), .tuple(let list): elements = list.elements
        case .dictionary(let dictionary): elements = dictionary.members.map(\.key)
        case .text(let text): elements = text.units.map { .text(GuardedText(units: [$0])) }
        case .undefined: elements = []
        default: throw .failed("\(value.typeName) cannot be gone through")
        }
        try spend(elements.count)
        return elements
    }

    /// `base.name`: a method or attribute first, then a member.
    func attribute(_ name: String, of base: RuntimeValue) throws(TemplateError) -> RuntimeValue {
        switch base {
        case .undefined(let missing): throw .failed("\(missing) is undefined, it has no \(name)")
        case .namespace(let namespace): return namespace.members[name] ?? .undefined(name)
        case .loop(let loop): return try attribute(name, of: loop)
        case .macro(let macro) where name == "name": return .text(macro.macro.name)
        default:
            if Self.hasMethod(name, base) { return .method(base, name) }
            return member(.text(name), of: base) ?? .undefined(name)
        }
    }

    /// `base[index]`: a member first, then a method or attribute.
    func item(_ index: RuntimeValue, of base: RuntimeValue) throws(TemplateError) -> RuntimeValue {
        if case .undefined(let missing) = base { throw .failed("\(missing) is undefined") }
        if let member = member(index, of: base) { return member }
        guard case .text(let name) = index else { return .undefined("\(index.written.string)") }
        return try attribute(name.string, of: base)
    }

    private func member(_ key: RuntimeValue, of base: RuntimeValue) -> RuntimeValue? {
        func element(_ elements: [RuntimeValue]) -> RuntimeValue? {
            guard let index = key.integer else { return nil }
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? elements[place] : nil
        }
        switch base {
        case .dictionary(let dictionary): return dictionary.value(key)
        case .list(let list), .tuple(let list): return element(list.elements)
        case .text(let text):
            guard let index = key.integer else { return nil }
            let place = index < 0 ? text.count + index : index
            guard text.units.indices.contains(place) else { return nil }
            return .text(GuardedText(units: [text.units[place]]))
        default: return nil
        }
    }

    private func attribute(
        _ name: String,
        of loop: LoopReference
    ) throws(TemplateError) -> RuntimeValue {
        let count = loop.elements.count
        switch name {
        case "index": return .integer(loop.index + 1)
        case "index0": return .integer(loop.index)
        case "revindex": return .integer(count - loop.index)
        case "revindex0": return .integer(count - loop.index - 1)
        case "first": return .boolean(loop.index == 0)
        case "last": return .boolean(loop.index == count - 1)
        case "length": return .integer(count)
        case "depth": return .integer(1)  // only recursive loops are deeper
        case "depth0": return .integer(0)
        case "previtem":
            return loop.index > 0 ? loop.elements[loop.index - 1] : .undefined("previtem")
        case "nextitem":
            return loop.index + 1 < count ? loop.elements[loop.index + 1] : .undefined("nextitem")
        case "cycle", "changed": return .method(.loop(loop), name)
        default: return .undefined(name)
        }
    }

    // MARK: Slices

    func bounds(
        _ parts: [TemplateExpression?],
        _ scope: TemplateScope
    ) throws(TemplateError) -> [Int?] {
        var bounds: [Int?] = []
        for part in parts {
            guard let part else {
                bounds.append(nil)
                continue
            }
            let value = try evaluate(part, scope)
            if case .none = value {
                bounds.append(nil)
            } else if let integer = value.integer {
                bounds.append(integer)
            } else {
                throw .failed("a slice bound of type \(value.typeName)")
            }
        }
        return bounds + Array(repeating: nil, count: 3 - bounds.count)
    }

    /// Python's `value[start:stop:step]`.
    func slice(_ value: RuntimeValue, _ bounds: [Int?]) throws(TemplateError) -> RuntimeValue {
        guard bounds[2] != 0 else { throw .failed("a slice step of zero") }
        switch value {
        case .text(let text):
            let places = Self.places(bounds, count: text.count)
            try spend(places.count)
            return .text(GuardedText(units: places.map { text.units[$0] }))
        case .list(let list):
            let places = Self.places(bounds, count: list.elements.count)
            try spend(places.count * 16)
            return .list(places.map { list.elements[$0] })
        case .tuple(let tuple):
            let places = Self.places(bounds, count: tuple.elements.count)
            try spend(places.count * 16)
            return .tuple(places.map { tuple.elements[$0] })
        case .undefined(let name): throw .failed("\(name) is undefined")
        default: throw .failed("\(value.typeName) cannot be sliced")
        }
    }

    private static func places(_ bounds: [Int?], count: Int) -> [Int] {
        let step = max(-count - 1, min(count + 1, bounds[2] ?? 1))
        func place(_ bound: Int?, _ standard: Int) -> Int {
            guard let bound else { return standard }
            let place = bound < 0 ? max(bound, -count - 1) + count : bound
            return step > 0 ? max(0, min(count, place)) : max(-1, min(count - 1, place))
        }
        let start = place(bounds[0], step > 0 ? 0 : count - 1)
        let stop = place(bounds[1], step > 0 ? count : -1)
        return Array(stride(from: start, to: stop, by: step))
    }
}
