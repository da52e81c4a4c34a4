/// A value while a template runs; Python's types, as far as templates can tell.
enum RuntimeValue {
    /// A name or member that does not exist, and what it was called.
    case undefined(String)
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(GuardedText)
    case list(ListReference)
    case tuple(ListReference)
    case dictionary(DictionaryReference)
    case namespace(NamespaceReference)
    case loop(LoopReference)
    case macro(MacroReference)
    case function(String)
    indirect case method(RuntimeValue, String)

    static func text(_ text: String) -> RuntimeValue { .text(GuardedText(text)) }

    static func list(_ elements: [RuntimeValue]) -> RuntimeValue { .list(ListReference(elements)) }

    static func tuple(_ elements: [RuntimeValue]) -> RuntimeValue {
        .tuple(ListReference(elements))
    }

    /// A value from outside the template: all its text is guarded.
    init(_ value: TemplateValue) {
        switch value {
        case .none: self = .none
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .text(GuardedText(value, guarded: true))
        case .array(let values): self = .list(values.map(RuntimeValue.init))
        case .object(let object):
            let dictionary = DictionaryReference()
            for member in object.members {
                dictionary.set(
                    .text(GuardedText(member.name, guarded: true)),
                    RuntimeValue(member.value)
                )
            }
            self = .dictionary(dictionary)
        }
    }

    /// Python's name of the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .number: "float"
        case .text: "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .macro: "Macro"
        case .function, .method: "function"
        }
    }

    /// Python's `bool(value)`.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .boolean(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .text(let text): text.count > 0
        case .list(let list): !list.elements.isEmpty
        case .tuple(let tuple): !tuple.elements.isEmpty
        case .dictionary(let dictionary): !dictionary.members.isEmpty
        case .namespace, .loop, .macro, .function, .method: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// The value as an index or count; booleans count as 0 and 1.
    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }

    /// The value as a number; booleans count as 0 and 1.
    var number: Double? {
        if case .number(let value) = self { return value }
        return integer.map(Double.init)
    }
}

// Collections never change once they are made, as in Jinja2's immutable sandbox, so they cannot
// contain themselves; their depth and weight bound the work of comparing and writing them.

final class ListReference {
    let elements: [RuntimeValue]
    /// How deep collections are nested in here, this one included.
    let depth: Int
    /// About how many values are in here, counting shared ones every time.
    let weight: Int

    init(_ elements: [RuntimeValue]) {
        self.elements = elements
        depth = elements.reduce(0) { max($0, $1.depth) } + 1
        weight = elements.reduce(1) { RuntimeValue.sum($0, $1.weight) }
    }
}

final class DictionaryReference {
    /// What Python can look up; numbers of equal value are the same key.
    enum Key: Hashable {
        case none
        case text(GuardedText)
        case integer(Int)
        case number(Double)

        init?(_ value: RuntimeValue) {
            switch value {
            case .none: self = .none
            case .text(let text): self = .text(text)
            case .number(let number):
                self = Int(exactly: number).map(Key.integer) ?? .number(number)
            default:
                guard let integer = value.integer else { return nil }
                self = .integer(integer)
            }
        }
    }

    private(set) var members: [(key: RuntimeValue, value: RuntimeValue)] = []
    private var places: [Key: Int] = [:]
    private(set) var depth = 1
    private(set) var weight = 1

    init() {}

    /// Sets a member while the dictionary is being made; false when the key cannot be one.
    @discardableResult
    func set(_ key: RuntimeValue, _ value: RuntimeValue) -> Bool {
        guard let place = Key(key) else { return false }
        if let index = places[place] {
            members[index].value = value
        } else {
            places[place] = members.count
            members.append((key, value))
        }
        depth = max(depth, value.depth + 1)
        weight = RuntimeValue.sum(weight, RuntimeValue.sum(key.weight, value.weight))
        return true
    }

    func value(_ key: RuntimeValue) -> RuntimeValue? {
        Key(key).flatMap { places[$0] }.map { members[$0].value }
    }
}

extension RuntimeValue {
    /// Collections nested deeper than this are refused.
    static let maximumDepth = 600

    var depth: Int {
        switch self {
        case .list(let list), .tuple(let list): list.depth
        case .dictionary(let dictionary): dictionary.depth
        default: 0
        }
    }

    var weight: Int {
        switch self {
        case .list(let list), .tuple(let list): list.weight
        case .dictionary(let dictionary): dictionary.weight
        case .text(let text): 1 + text.count / 16
        default: 1
        }
    }

    fileprivate static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? .max : sum
    }
}

/// What `namespace()` makes: the only thing that a template can change.
final class NamespaceReference {
    var members: [String: RuntimeValue] = [:]
}

/// The `loop` of a `for`.
final class LoopReference {
    let elements: [RuntimeValue]
    var index = 0
    var lastChanged: [RuntimeValue]?

    init(_ elements: [RuntimeValue]) { self.elements = elements }
}

/// A macro and where it was defined; that scope holds the macro, so the macro must not hold the
/// scope.
final class MacroReference {
    let macro: TemplateStatement.Macro
    weak var scope: TemplateScope?

    init(_ macro: TemplateStatement.Macro, _ scope: TemplateScope) {
        self.macro = macro
        self.scope = scope
    }
}

/// Variables of a template, a loop round or a macro call; reads fall through to the scope around
/// it.
final class TemplateScope {
    private var variables: [String: RuntimeValue] = [:]
    private let parent: TemplateScope?

    init(parent: TemplateScope?) { self.parent = parent }

    subscript(name: String) -> RuntimeValue? {
        get { variables[name] ?? parent?[name] }
        set { variables[name] = newValue }
    }
}
