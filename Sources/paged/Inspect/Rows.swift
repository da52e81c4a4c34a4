/// Labelled values under each other, wrapped to the width of a terminal.
struct Rows {
    private static let labelWidth = 16
    private static let width = 120
    private(set) var text = ""

    /// A line that stands for itself, above its rows.
    mutating func add(title: String) {
        text += Self.wrapped(title, indent: 2) + "\n"
    }

    /// A label and its value; without a value nothing.
    mutating func add(_ label: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        let padding = String(repeating: " ", count: max(1, Self.labelWidth - 2 - label.count))
        text += Self.wrapped("  " + label + padding + value, indent: Self.labelWidth) + "\n"
    }

    /// Values that belong to one label, each on lines of its own.
    mutating func add(_ label: String, _ values: [String]) {
        for (index, value) in values.enumerated() { add(index == 0 ? label : "", value) }
    }

    /// An empty line.
    mutating func addSpace() { text += "\n" }

    /// Breaks a line at spaces; a longer word stays whole.
    private static func wrapped(_ text: String, indent: Int) -> String {
        let line = harmless(text)
        guard line.count > width else { return line }
        var rest = Substring(line)
        var lines: [Substring] = []
        while rest.count > width {
            let floor = rest.index(rest.startIndex, offsetBy: indent)
            let limit = rest.index(rest.startIndex, offsetBy: width)
            let end =
                rest[floor...limit].lastIndex(of: " ") ?? rest[limit...].firstIndex(of: " ")
            guard let end else { break }
            lines.append(rest[..<end])
            rest = String(repeating: " ", count: indent) + rest[end...].drop { $0 == " " }
        }
        return (lines + [rest]).joined(separator: "\n")
    }
}

extension Rows {
    /// The text without control characters: a model's names must not steer the terminal.
    private static func harmless(_ text: String) -> String {
        let scalars = text.unicodeScalars.map {
            $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Columns under each other.
struct Table {
    private var rows: [[String]]

    init(header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    var text: String {
        let widths = rows[0].indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = "  " + cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
