/// Writes Prometheus' text format, version 0.0.4.
struct MetricsText {
    private(set) var text = ""
    private let modelLabel: String

    /// A text whose samples all carry this `model_name`.
    init(modelName: String) {
        modelLabel = Self.label("model_name", modelName)
    }

    /// A metric with one sample.
    mutating func add(_ name: String, _ kind: String, _ help: String, _ value: some Numeric) {
        begin(name, kind, help)
        sample(name, [], value)
    }

    /// A metric with one sample per value of a label.
    mutating func add(
        _ name: String,
        _ kind: String,
        _ help: String,
        label: String,
        _ samples: [(String, Int)]
    ) {
        begin(name, kind, help)
        for (word, count) in samples { sample(name, [Self.label(label, word)], count) }
    }

    /// A metric whose labels are what it says; its value is 1.
    mutating func addInformation(_ name: String, _ help: String, _ labels: [(String, String)]) {
        begin(name, "gauge", help)
        sample(name, labels.map(Self.label), 1)
    }

    /// A histogram.
    mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
        begin(name, "histogram", help)
        let (cumulative, sum) = histogram.snapshot
        for (bound, count) in zip(histogram.bounds.map { "\($0)" } + ["+Inf"], cumulative) {
            sample(name + "_bucket", [Self.label("le", bound)], count)
        }
        sample(name + "_sum", [], sum)
        sample(name + "_count", [], cumulative.last ?? 0)
    }

    private mutating func begin(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private mutating func sample(_ name: String, _ labels: [String], _ value: some Numeric) {
        text += "\(name){\((labels + [modelLabel]).joined(separator: ","))} \(value)\n"
    }

    private static func label(_ name: String, _ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return "\(name)=\"\(escaped)\""
    }
}
