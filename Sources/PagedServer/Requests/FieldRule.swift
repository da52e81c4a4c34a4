import PagedAPI

/// The values that a field may have.
struct Bounds<Value: Comparable & Sendable & CustomStringConvertible>: Sendable {
    let lowest: Value
    let highest: Value
    /// Whether `lowest` itself is out.
    var excludesLowest = false

    func contains(_ value: Value) -> Bool {
        (excludesLowest ? value > lowest : value >= lowest) && value <= highest
    }

    /// For error messages.
    var words: String {
        if let highest = highest as? Int, highest == .max { return "at least \(lowest)" }
        return excludesLowest
            ? "above \(lowest) and at most \(highest)" : "from \(lowest) to \(highest)"
    }
}

/// One row of the table of bounds.
struct FieldRule: Sendable {
    let field: String
    /// What is wrong with the field, or nil.
    let problem: @Sendable (GenerationFields) -> String?

    /// A field with a number, and its bounds.
    init<Value>(
        _ field: String,
        _ bounds: Bounds<Value>,
        _ value: @escaping @Sendable (GenerationFields) -> Value?
    ) {
        self.field = field
        problem = { fields in
            guard let value = value(fields), !bounds.contains(value) else { return nil }
            return "\(value) is out of range; allowed: \(bounds.words)."
        }
    }

    /// A field with a rule of its own.
    init(_ field: String, problem: @escaping @Sendable (GenerationFields) -> String?) {
        self.field = field
        self.problem = problem
    }
}
