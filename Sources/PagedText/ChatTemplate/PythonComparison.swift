/// Python's `==`, `<` and `in`.
extension RuntimeValue {
    func equals(_ other: RuntimeValue) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.text(let left), .text(let right)): return left == right
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return Self.equal(left.elements, right.elements)
        case (.dictionary(let left), .dictionary(let right)):
            return left.members.count == right.members.count
                && left.members.allSatisfy { member in
                    right.value(member.key).map { $0.equals(member.value) } ?? false
                }
        case (.namespace(let left), .namespace(let right)): return left === right
        case (.macro(let left), .macro(let right)): return left === right
        case (.loop(let left), .loop(let right)): return left === right
        default:
            if let left = integer, let right = other.integer { return left == right }
            if let left = number, let right = other.number { return left == right }
            return false
        }
    }

    static func equal(_ left: [RuntimeValue], _ right: [RuntimeValue]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
    }

    /// Python's `self < other`.
    func isLess(than other: RuntimeValue) throws(TemplateError) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)):
            return left.units.lexicographicallyPrecedes(right.units) { $0.unguarded < $1.unguarded }
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return try Self.isLess(left.elements, right.elements)
        default:
            if let left = integer, let right = other.integer { return left < right }
            guard let left = number, let right = other.number else {
                throw .failed("\(typeName) and \(other.typeName) have no order")
            }
            return left < right
        }
    }

    private static func isLess(
        _ left: [RuntimeValue],
        _ right: [RuntimeValue]
    ) throws(TemplateError) -> Bool {
        for (a, b) in zip(left, right) where !a.equals(b) { return try a.isLess(than: b) }
        return left.count < right.count
    }

    /// Python's `element in self`.
    func contains(_ element: RuntimeValue) throws(TemplateError) -> Bool {
        switch self {
        case .text(let text):
            guard case .text(let part) = element else {
                throw .failed("\(element.typeName) cannot be in a str")
            }
            return text.firstIndex(of: part) != nil
        case .list(let list), .tuple(let list): return list.elements.contains { $0.equals(element) }
        case .dictionary(let dictionary): return dictionary.value(element) != nil
        case .undefined: return false
        default: throw .failed("nothing can be in \(typeName)")
        }
    }
}
